import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import { deleteTasks, editable, editTask, humanId, moveCard } from '../board/acts.ts';
import CardMenu, { type CardChoice } from '../board/CardMenu.tsx';
import { FilterBar } from '../board/FilterBar.tsx';
import { clearFilters, filterBoard, useFilters } from '../board/filters.ts';
import { PriorityMark } from '../board/PriorityMark.tsx';
import QuickAdd from '../board/QuickAdd.tsx';
import { findCard } from '../changes/apply.ts';
import { isTemporaryId } from '../changes/change.ts';
import { useCommands } from '../commands/commands.ts';
import { Avatar } from '../design/Avatar.tsx';
import { Icon } from '../design/Icon.tsx';
import { Empty } from '../design/states.tsx';
import { VirtualList } from '../design/VirtualList.tsx';
import { formatDay, today } from '../i18n/dates.ts';
import { formatNumber, t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { Link, usePlace } from '../router/router.tsx';
import { BulkBar } from './BulkBar.tsx';
import { GROUPINGS, type Grouping, groupBoard, type Row, SORTINGS } from './group.ts';
import { type Selection, useSelection } from './selection.ts';
import { ViewChoice } from './ViewChoice.tsx';
import './list.css';

type Line = { group: string; name: string; count: number } | ({ key: string } & Row);

/** All tasks of a project below each other: grouped, sorted, changed in place, several at a time. */
export default function ListView() {
  const view = useProject();
  const filters = useFilters();
  const { search } = usePlace();
  const grouping = GROUPINGS.find((name) => name === search.get('group')) ?? 'column';
  const sorting = SORTINGS.find((name) => name === search.get('sort')) ?? 'order';
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [menu, setMenu] = useState<{ id: string; anchor: HTMLElement; begin: CardChoice | undefined }>();
  const [isAdding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);

  const groups = useMemo(() => groupBoard(filterBoard(view.board, filters), view, grouping, sorting), [view, filters, grouping, sorting]);
  const lines = useMemo(
    () =>
      groups.flatMap(({ id, name, rows }): Line[] => [
        { group: id, name, count: rows.length },
        ...(folded.has(id) ? [] : rows.map((row) => ({ key: `${id} ${row.card.id}`, ...row }))),
      ]),
    [groups, folded],
  );
  const order = useMemo(
    () => [...new Set(lines.flatMap((line) => ('card' in line && !isTemporaryId(line.card.id) ? [line.card.id] : [])))],
    [lines],
  );
  const selection = useSelection(order);
  const virtual = useRef<VirtualizerHandle>(null);

  const focusLine = (from: number, step: 1 | -1) => {
    for (let index = from + step; lines[index]; index += step) {
      if (!('card' in lines[index]!)) continue;
      virtual.current?.scrollToIndex(index, { align: 'nearest' });
      requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] .row-title`)?.focus());
      return;
    }
  };
  const open = (id: string, anchor: HTMLElement, begin?: CardChoice) => setMenu({ id, anchor, begin });
  const onKeyDown = (event: KeyboardEvent) => {
    const element = (event.target as HTMLElement).closest<HTMLElement>('.list-row');
    const line = element && lines[Number(element.dataset.index)];
    if (!line || !('card' in line) || !(event.target as HTMLElement).matches('.row-title, .row-check') || event.altKey) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const { card } = line;
    const choice = CHOICES[event.key];
    if (event.key === 'ArrowDown' || event.key === 'j') focusLine(Number(element.dataset.index), 1);
    else if (event.key === 'ArrowUp' || event.key === 'k') focusLine(Number(element.dataset.index), -1);
    else if (event.key === 'Escape' && selection.ids.size > 0) selection.clear();
    else if (isCommand && event.key === 'a') selection.all();
    else if (isCommand || !view.mayEdit || isTemporaryId(card.id)) return;
    else if (event.key === 'x' || event.key === 'X' || (event.key === ' ' && (event.target as HTMLElement).matches('.row-title')))
      selection.toggle(card.id, event.shiftKey);
    else if (event.key === 'e' || event.key === 'F2') setEditing(card.id);
    else if (event.key === 'm' || event.key === 'ContextMenu') open(card.id, event.target as HTMLElement);
    else if (choice) open(card.id, event.target as HTMLElement, choice);
    else if (event.key === 'Delete' || event.key === 'Backspace') deleteTasks(view, [editable(view, card)]);
    else return;
    event.preventDefault();
  };
  const menuCard = menu && findCard(view.board, menu.id);
  const keys = t('keys.list');
  useCommands([
    { id: 'list-add', name: t('board.add'), section: keys, keys: 'n', run: () => view.mayEdit && setAdding(true) },
    { id: 'list-next', name: t('task.next'), section: keys, keys: 'j', keysOnly: true, run: () => focusLine(-1, 1) },
    { id: 'list-select', name: t('list.select'), section: keys, keys: 'x' },
    { id: 'list-edit', name: t('list.editTitle'), section: keys, keys: 'e' },
  ]);
  return (
    <>
      <FilterBar>
        <ViewChoice name="group" label={t('list.group')} value={grouping} options={GROUPINGS.map((id) => [id, t(`list.group.${id}`)])} />
        <ViewChoice name="sort" label={t('list.sort')} value={sorting} options={SORTINGS.map((id) => [id, t(`list.sort.${id}`)])} />
      </FilterBar>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the rows inside */}
      <div ref={scroller} className="list" onKeyDown={onKeyDown}>
        {lines.length === 0 && (
          <Empty icon={filters.isActive ? 'filter' : 'list'} title={t(filters.isActive ? 'filter.nothing' : 'list.empty')}>
            {filters.isActive && (
              <button type="button" className="button" data-kind="plain" onClick={clearFilters}>
                {t('filter.clear')}
              </button>
            )}
          </Empty>
        )}
        <VirtualList ref={virtual} items={lines} className="list-rows" label={view.project.name}>
          {(line, index) =>
            'card' in line ? (
              <TaskRow
                key={line.key}
                row={line}
                index={index}
                grouping={grouping}
                selection={selection}
                onOpen={open}
                isEditing={editing === line.card.id}
                onEdited={() => setEditing(undefined)}
              />
            ) : (
              <button
                key={line.group}
                type="button"
                className="list-heading"
                aria-expanded={!folded.has(line.group)}
                onClick={() =>
                  setFolded((known) =>
                    known.has(line.group) ? new Set([...known].filter((id) => id !== line.group)) : new Set([...known, line.group]),
                  )
                }
              >
                <Icon name={folded.has(line.group) ? 'chevronRight' : 'chevronDown'} />
                {line.name}
                <span className="quiet number">{formatNumber(line.count)}</span>
              </button>
            )
          }
        </VirtualList>
        {view.mayEdit &&
          (isAdding ? (
            <QuickAdd columnId={view.board.columns[0]!.id} onClose={() => setAdding(false)} />
          ) : (
            <button type="button" className="column-add" onClick={() => setAdding(true)}>
              <Icon name="add" />
              {t('board.add')}
            </button>
          ))}
      </div>
      {selection.ids.size > 0 && <BulkBar selection={selection} />}
      {menuCard && menu && (
        <CardMenu
          key={`${menu.id} ${menu.begin}`}
          card={menuCard}
          anchor={menu.anchor}
          begin={menu.begin}
          onClose={() => setMenu(undefined)}
        />
      )}
    </>
  );
}

const CHOICES: Record<string, CardChoice> = { s: 'column', a: 'assignees', l: 'labels', p: 'priority', d: 'due' };

interface TaskRowProps {
  row: Row;
  index: number;
  grouping: Grouping;
  selection: Selection;
  onOpen: (id: string, anchor: HTMLElement, begin: CardChoice) => void;
  isEditing: boolean;
  onEdited: () => void;
}

function TaskRow({ row: { card, column }, index, grouping, selection, onOpen, isEditing, onEdited }: TaskRowProps) {
  const view = useProject();
  const { search } = usePlace();
  const name = isTemporaryId(card.id) ? '' : humanId(view, card);
  const query = search.size > 0 ? `?${search}` : '';
  const isLate = card.dueDate !== undefined && card.dueDate < today() && column.category !== 'done';
  const cell = (begin: CardChoice, label: string, className: string, content: React.ReactNode) =>
    view.mayEdit && name !== '' ? (
      <button
        type="button"
        className={`row-cell ${className}`}
        aria-label={label}
        aria-haspopup="dialog"
        onClick={(event) => onOpen(card.id, event.currentTarget, begin)}
      >
        {content}
      </button>
    ) : (
      <span className={`row-cell ${className}`}>{content}</span>
    );
  const say = (field: string, value: string) => `${name} ${field}: ${value}`;
  const people = (card.assigneeIds ?? []).map((id) => ({ id, name: view.people.get(id)?.name ?? t('task.somebody') }));
  const labels = (card.labelIds ?? []).flatMap((id) => view.labels.get(id) ?? []);
  const done = view.board.columns.find(({ category }) => category === 'done');
  return (
    <div className="list-row" data-index={index}>
      <input
        type="checkbox"
        className="row-check"
        checked={selection.has(card.id)}
        disabled={!view.mayEdit || name === ''}
        aria-label={t('list.selectNamed', { name: name || card.title })}
        onClick={(event) => selection.toggle(card.id, event.shiftKey)}
        onChange={() => {}}
      />
      {cell(
        'priority',
        say(t('task.priority'), t(`priority.${card.priority ?? 'none'}`)),
        'row-priority',
        <PriorityMark priority={card.priority ?? 'none'} always />,
      )}
      <span className="row-id number quiet">{name}</span>
      {cell(
        'column',
        say(t('task.column'), column.name),
        'row-column',
        <span className="category" data-category={column.category} title={column.name} />,
      )}
      {isEditing ? (
        <TitleField card={card} onDone={onEdited} />
      ) : name === '' ? (
        <span className="row-title">{card.title}</span>
      ) : (
        <Link to={`${view.path}/list/${name}${query}`} className="row-title" data-done={column.category === 'done' || undefined}>
          {card.title}
        </Link>
      )}
      {cell(
        'labels',
        say(t('task.labels'), labels.map(({ name }) => name).join(', ') || t('task.none')),
        'row-labels',
        labels.slice(0, 3).map(({ id, name, color }) => (
          <span key={id} className="label-chip" style={{ '--color': color }}>
            {name}
          </span>
        )),
      )}
      {card.subtasks && <span className="card-fact number row-fact">{`${card.subtasks[0]}/${card.subtasks[1]}`}</span>}
      {card.estimate !== undefined && <span className="card-fact card-estimate number row-fact">{formatNumber(card.estimate)}</span>}
      {cell(
        'due',
        say(t('task.dueDate'), card.dueDate ? formatDay(card.dueDate) : t('date.none')),
        'row-due',
        card.dueDate ? (
          <span className="card-fact" data-late={isLate || undefined}>
            {formatDay(card.dueDate)}
          </span>
        ) : (
          <Icon name="calendar" />
        ),
      )}
      {cell(
        'assignees',
        say(t('task.assignees'), people.map(({ name }) => name).join(', ') || t('filter.noOne')),
        'row-people',
        people.length > 0 ? people.slice(0, 3).map(({ id, name }) => <Avatar key={id} id={id} name={name} />) : <Icon name="people" />,
      )}
      {view.mayEdit && grouping !== 'none' && name !== '' && done && column.category !== 'done' && (
        <button
          type="button"
          className="button row-done"
          data-icon=""
          data-size="small"
          aria-label={t('list.finish', { name })}
          title={done.name}
          onClick={() => moveCard(view, card, { columnId: done.id })}
        >
          <Icon name="check" />
        </button>
      )}
    </div>
  );
}

function TitleField({ card, onDone }: { card: Row['card']; onDone: () => void }) {
  const view = useProject();
  const [text, setText] = useState(card.title);
  const save = () => {
    const title = text.replace(/\s+/g, ' ').trim();
    if (title !== '' && title !== card.title) editTask(view, editable(view, card), { title });
    onDone();
  };
  return (
    <input
      className="input row-title"
      aria-label={t('task.title')}
      maxLength={500}
      // biome-ignore lint/a11y/noAutofocus: asked for by a key
      autoFocus
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') onDone();
        event.stopPropagation();
      }}
    />
  );
}
