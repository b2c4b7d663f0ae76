import uFuzzy from '@leeoniya/ufuzzy';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Board, Project } from '@taskflow/contracts/tasks';
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import { searchTasks } from '../api/tasks.ts';
import { projectPath } from '../data/projects.ts';
import { projectsQuery } from '../data/queries.ts';
import { Icon, type IconName } from '../design/Icon.tsx';
import { timeZone } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { navigate } from '../router/router.tsx';
import { useAllCommands } from './commands.ts';
import { Keys } from './Keys.tsx';
import './palette.css';

interface Entry {
  id: string;
  name: string;
  icon: IconName;
  keys?: string | undefined;
  hint?: string;
  run: () => void;
}

const MOST = 50;
/** One wrong letter in a word is forgiven. */
const fuzzy = new uFuzzy({ intraMode: 1, unicode: true, interSplit: "[^\\p{L}\\d']+", intraSplit: '\\p{Ll}\\p{Lu}' });

/** Everything one can do or go to, found by a few letters. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [index, setIndex] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const entries = useFound(useDeferredValue(text));
  const current = Math.min(index, entries.length - 1);
  useEffect(() => {
    dialog.current?.showModal();
    return () => dialog.current?.close();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen entry is seen
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current, entries]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    remember(entry.id);
    // Once the dialog has given the focus back.
    setTimeout(entry.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) setIndex((current + step + entries.length) % Math.max(entries.length, 1));
    else if (event.key === 'Enter') run(entries[current]);
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes it; by keyboard Escape does
    <dialog
      ref={dialog}
      className="palette"
      aria-label={t('palette.title')}
      onCancel={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="palette-field">
        <Icon name="search" />
        <input
          role="combobox"
          aria-label={t('palette.title')}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={entries.length > 0 ? `${id}-${current}` : undefined}
          aria-autocomplete="list"
          placeholder={t('palette.hint')}
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setIndex(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div ref={list} id={id} className="palette-list" role="listbox" aria-label={t('palette.found')}>
        {entries.map((entry, at) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active option
          // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the field does the same
          <div
            key={entry.id}
            id={`${id}-${at}`}
            role="option"
            className="menu-item"
            aria-selected={at === current}
            data-focused={at === current || undefined}
            onClick={() => run(entry)}
          >
            <span className="menu-icon">
              <Icon name={entry.icon} />
            </span>
            <span className="cut grow">{entry.name}</span>
            {entry.hint && <span className="quiet cut">{entry.hint}</span>}
            {entry.keys && <Keys keys={entry.keys} />}
          </div>
        ))}
        {entries.length === 0 && <p className="picker-none">{t('app.nothingFound')}</p>}
      </div>
    </dialog>
  );
}

const RECENT = 'taskflow.recent';

const recent = (): string[] => {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? '[]') as string[];
  } catch {
    return [];
  }
};
const remember = (id: string): void =>
  localStorage.setItem(RECENT, JSON.stringify([id, ...recent().filter((other) => other !== id)].slice(0, 20)));

/** Commands, projects and tasks that are known here at once; those that the server finds as they come. */
function useFound(text: string): Entry[] {
  const commands = useAllCommands();
  const client = useQueryClient();
  const projects = useQuery(projectsQuery).data ?? [];
  const wanted = text.trim();
  const found = useQuery({
    queryKey: ['search', 'palette', wanted],
    queryFn: ({ signal }) => searchTasks(wanted, timeZone(), 10, signal),
    enabled: wanted.length > 1,
    placeholderData: keepPreviousData,
    retry: false, // a query that is half typed may be wrong
  });
  const local = useMemo(() => {
    const entries: Entry[] = commands.flatMap(({ id, name, keys, keysOnly, run }): Entry[] =>
      keysOnly || !run ? [] : [{ id, name, icon: 'arrowRight', keys, run }],
    );
    for (const project of projects) {
      entries.push({
        id: project.id,
        name: project.name,
        icon: 'board',
        hint: project.key,
        run: () => navigate(projectPath(project, projects)),
      });
    }
    for (const [, board] of client.getQueriesData<Board>({ queryKey: ['board'] })) if (board) entries.push(...cards(board, projects));
    return entries;
  }, [commands, projects, client]);
  return useMemo(() => {
    if (wanted === '') {
      const order = recent();
      const known = order.flatMap((id) => local.find((entry) => entry.id === id) ?? []);
      return [...known, ...local.filter(({ id }) => !order.includes(id))].slice(0, MOST);
    }
    const [indexes, , sorted] = fuzzy.search(
      local.map(({ name, hint }) => `${hint ?? ''} ${name}`),
      wanted,
      1,
    );
    const matches = (sorted ? sorted.map((at) => indexes![at]!) : (indexes ?? [])).map((at) => local[at]!).slice(0, MOST);
    const isKnown = new Set(matches.map(({ id }) => id));
    const others = (found.data?.items ?? [])
      .filter(({ id }) => !isKnown.has(id))
      .map(
        ({ id, humanId, title }): Entry => ({ id, name: title, icon: 'check', hint: humanId, run: () => navigate(`/tasks/${humanId}`) }),
      );
    const search: Entry = {
      id: 'search',
      name: t('palette.search', { text: wanted }),
      icon: 'search',
      run: () => navigate(`/search?q=${encodeURIComponent(wanted)}`),
    };
    return [...matches, ...others, search];
  }, [wanted, local, found.data]);
}

function cards(board: Board, projects: Project[]): Entry[] {
  const project = projects.find(({ id }) => id === board.projectId);
  if (!project) return [];
  const path = projectPath(project, projects);
  return board.columns.flatMap((column) =>
    column.cards.map(({ id, number, title }): Entry => {
      const name = `${board.key}-${number}`;
      return { id, name: title, icon: 'check', hint: name, run: () => navigate(`${path}/board/${name}`) };
    }),
  );
}
