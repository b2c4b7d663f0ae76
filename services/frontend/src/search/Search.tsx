import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import type { QueryProblem } from '@taskflow/contracts/search';
import type { Project } from '@taskflow/contracts/tasks';
import { type KeyboardEvent, Suspense, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Static } from 'typebox';
import { ApiProblem } from '../api/problem.ts';
import { searchTasks } from '../api/tasks.ts';
import { filtersQuery, labelsQuery, membersQuery, pagedQuery, projectsQuery } from '../data/queries.ts';
import { Icon } from '../design/Icon.tsx';
import { More } from '../design/More.tsx';
import { Empty, Failed, Skeleton } from '../design/states.tsx';
import { timeZone } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { TaskLine } from '../lines/TaskLine.tsx';
import { useShownTasks } from '../lines/use-shown-tasks.ts';
import { setSearch, usePlace } from '../router/router.tsx';
import { Screen, useMe } from '../shell/Shell.tsx';
import { suggest } from './suggest.ts';
import './search.css';
import { lazyPart } from '../design/lazy-part.ts';

const SaveView = lazyPart(() => import('./SaveView.tsx'));

/** Finds tasks in all projects by words and fields; what was found can be kept as a view. */
export default function Search() {
  const { search } = usePlace();
  const q = search.get('q') ?? '';
  const projects = useQuery(projectsQuery).data ?? [];
  const filters = useQuery(filtersQuery).data ?? [];
  const saved = filters.find(({ id }) => id === search.get('view'));
  const [isSaving, setSaving] = useState(false);
  const found = useInfiniteQuery({
    ...pagedQuery(['search', 'all', q, timeZone()], (cursor, signal) => searchTasks(q, timeZone(), 50, signal, cursor)),
    enabled: q.trim() !== '',
    retry: (failures, error) => failures < 2 && !(error instanceof ApiProblem && error.status < 500),
  });
  const tasks = useShownTasks(
    useMemo(() => found.data?.pages.flatMap(({ items }) => items) ?? [], [found.data]),
    projects,
  );
  return (
    <Screen
      title={saved?.name ?? t('search.title')}
      bar={
        q.trim() !== '' && !found.isError ? (
          <button type="button" className="button" data-kind="plain" data-size="small" onClick={() => setSaving(true)}>
            {t(saved ? 'search.editView' : 'search.saveView')}
          </button>
        ) : undefined
      }
    >
      <div className="lines-page">
        <QueryField key={q} query={q} projects={projects} error={found.error} />
        {q.trim() === '' ? (
          <Empty icon="search" title={t('search.begin')}>
            <Examples />
          </Empty>
        ) : found.isPending ? (
          <Skeleton lines={8} />
        ) : found.isError ? (
          found.error instanceof ApiProblem && found.error.status === 400 ? null : (
            <Failed error={found.error} retry={() => void found.refetch()} />
          )
        ) : tasks.length === 0 ? (
          <Empty icon="search" title={t('app.nothingFound')}>
            <Examples />
          </Empty>
        ) : (
          <>
            <ul aria-label={t('palette.found')}>
              {tasks.map((task) => (
                <TaskLine key={task.id} task={task} projects={projects} />
              ))}
            </ul>
            <More query={found} />
          </>
        )}
      </div>
      <Suspense>{isSaving && <SaveView query={q} saved={saved} projects={projects} onClose={() => setSaving(false)} />}</Suspense>
    </Screen>
  );
}

const EXAMPLES = ['assignee:me is:open due<7d', 'is:overdue', 'priority:urgent -is:done', 'is:blocked', 'created>-7d'];

function Examples() {
  return (
    <ul className="search-examples">
      {EXAMPLES.map((example) => (
        <li key={example}>
          <button type="button" className="button" data-kind="plain" data-size="small" onClick={() => setSearch({ q: example })}>
            <code>{example}</code>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface QueryFieldProps {
  query: string;
  projects: Project[];
  error: Error | null;
}

/** The query, with what could come next, and what is wrong where. */
function QueryField({ query, projects, error }: QueryFieldProps) {
  const me = useMe();
  const id = useId();
  const ref = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState(-1);
  const [index, setIndex] = useState(-1);
  const members = useQueries({ queries: me.workspaces.map((workspace) => membersQuery(workspace.id)) });
  const labels = useQueries({ queries: projects.slice(0, 20).map((project) => labelsQuery(project.id)) });
  const suggestions = useMemo(() => {
    if (caret < 0) return [];
    return suggest(text, caret, {
      handles: members.flatMap(({ data }) => data?.map(({ handle }) => handle) ?? []),
      labels: [...new Set(labels.flatMap(({ data }) => data?.map(({ name }) => name) ?? []))],
      projects: projects.map(({ key }) => key),
    });
  }, [text, caret, members, labels, projects]);
  useEffect(() => {
    if (query === '') ref.current?.focus();
  }, [query]);
  const take = (at: number) => {
    const chosen = suggestions[at];
    if (!chosen) return;
    setText(chosen.text);
    setCaret(chosen.caret);
    setIndex(-1);
    requestAnimationFrame(() => {
      ref.current?.focus();
      ref.current?.setSelectionRange(chosen.caret, chosen.caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && suggestions.length > 0)
      setIndex((index + step + suggestions.length + (index < 0 && step < 0 ? 1 : 0)) % suggestions.length);
    else if (event.key === 'Tab' && suggestions.length > 0 && !event.shiftKey) take(Math.max(index, 0));
    else if (event.key === 'Enter') {
      if (index >= 0) take(index);
      else {
        setCaret(-1);
        setSearch({ q: text.trim() }, { replace: query === '' });
      }
    } else if (event.key === 'Escape' && suggestions.length > 0) setCaret(-1);
    else return;
    event.preventDefault();
  };
  const wrong = error instanceof ApiProblem && error.status === 400 ? (error.document as Static<typeof QueryProblem>) : undefined;
  const isOpen = suggestions.length > 0;
  return (
    <search className="query">
      <label className="query-field">
        <Icon name="search" />
        <span className="unseen">{t('search.title')}</span>
        <input
          ref={ref}
          className="query-input"
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && index >= 0 ? `${id}-${index}` : undefined}
          aria-invalid={wrong !== undefined || undefined}
          aria-describedby={`${id}-wrong`}
          placeholder="assignee:me due<7d"
          maxLength={500}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setCaret(event.target.selectionStart ?? -1);
            setIndex(-1);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => setCaret(-1)}
        />
      </label>
      <div id={`${id}-list`} role="listbox" className="query-list" aria-label={t('search.suggestions')} hidden={!isOpen}>
        {suggestions.map(({ name }, at) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active option
          <div
            key={name}
            id={`${id}-${at}`}
            role="option"
            className="menu-item"
            aria-selected={at === index}
            data-focused={at === index || undefined}
            onMouseDown={(event) => {
              event.preventDefault();
              take(at);
            }}
          >
            <code>{name}</code>
          </div>
        ))}
      </div>
      <div id={`${id}-wrong`} role="alert">
        {wrong && text === query && (
          <>
            {wrong.column !== undefined && (
              <pre className="query-pointer" aria-hidden="true">{`${query}\n${' '.repeat(Math.max(0, wrong.column - 1))}^`}</pre>
            )}
            <p className="query-wrong">{wrong.detail ?? wrong.title}</p>
            {wrong.expected && <p className="quiet">{t('search.expected', { what: wrong.expected.join(', ') })}</p>}
          </>
        )}
      </div>
    </search>
  );
}
