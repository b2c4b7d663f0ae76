import type { Board } from '@taskflow/contracts/tasks';
import { type ComponentType, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { applyToBoard, type Card, columnOf, findCard } from '../changes/apply.ts';
import type { Change, Fields, Place } from '../changes/change.ts';
import { useCommands } from '../commands/commands.ts';
import { announce } from '../design/announce.ts';
import { preloadPopups } from '../design/popups.tsx';
import { Empty } from '../design/states.tsx';
import { t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { usePlace } from '../router/router.tsx';
import { deleteTasks, editable, humanId, moveCard } from './acts.ts';
import type { CardChoice } from './CardMenu.tsx';
import { ColumnView } from './ColumnView.tsx';
import { useDragAndDrop } from './drag.ts';
import { clearFilters, filterBoard, useFilters } from './filters.ts';
import { NewColumn } from './NewColumn.tsx';
import { type Direction, type Lane, neighbour, placeInDirection, type Spot } from './steps.ts';
import './board.css';
import { lazyPart } from '../design/lazy-part.ts';

const cardMenu = () => import('./CardMenu.tsx');
const CardMenu = lazyPart(cardMenu);

/** What makes lanes of a board. */
export interface Lanes {
  split: (board: Board) => Lane[];
  /** what changes of a task that goes from one lane to another */
  fields: (card: Card, from: string, to: string) => Fields;
  Rows: ComponentType<RowsProps>;
}

export interface RowsProps {
  lanes: Lane[];
  /** how many tasks each column has, whether the filters show them or not, in the order of the columns */
  totals: number[];
  current: Spot | undefined;
  grabbed: Spot | undefined;
  openNumber: number;
  search: string;
  adding: string | undefined;
  onAdding: (columnId: string | undefined) => void;
  onMenu: (spot: Spot, anchor: HTMLElement, begin?: CardChoice) => void;
}

interface Grabbed extends Spot {
  from: string;
  to: Place;
  isMoved: boolean;
}

/** What boards with and without lanes have in common: dragging, the keys of the cards, their menu. */
export function BoardFrame({ lanes: laned }: { lanes?: Lanes }) {
  const view = useProject();
  const filters = useFilters();
  const { path, search } = usePlace();
  const shown = useMemo(() => filterBoard(view.board, filters), [view.board, filters]);
  const ref = useRef<HTMLDivElement>(null);
  const [spot, setSpot] = useState<Spot>();
  const [grabbed, setGrabbed] = useState<Grabbed>();
  const [adding, setAdding] = useState<string>();
  const [menu, setMenu] = useState<Spot & { anchor: HTMLElement; begin?: CardChoice | undefined }>();
  const openNumber = Number(/-(\d+)$/.exec(path)?.[1] ?? Number.NaN);

  const drawn = useMemo(() => {
    const card = grabbed && findCard(shown, grabbed.id);
    if (!card) return shown;
    const changes = [
      { kind: 'move', taskId: card.id, to: grabbed.to },
      { kind: 'patch', taskId: card.id, to: laned?.fields(card, grabbed.from, grabbed.lane) ?? {} },
    ];
    return applyToBoard(shown, changes as Change[]);
  }, [shown, grabbed, laned]);
  const lanes = useMemo(() => (laned ? laned.split(drawn) : [{ id: '', name: '', board: drawn }]), [laned, drawn]);
  const isThere = spot && lanes.some(({ id, board }) => id === spot.lane && findCard(board, spot.id));
  const current = isThere ? spot : firstSpot(lanes);

  const latest = useRef(view);
  latest.current = view;
  const drag = useDragAndDrop();
  useEffect(() => preloadPopups(cardMenu, () => import('./QuickAdd.tsx')), []);
  useEffect(() => {
    if (!drag || !ref.current) return;
    return drag.watchDrops(ref.current, (from, to, lane) => {
      const card = findCard(latest.current.board, from.id);
      if (card) moveCard(latest.current, card, to, laned?.fields(card, from.lane, lane));
    });
  }, [drag, laned]);

  // A card that was moved to another column is a new element there: the focus goes along.
  useLayoutEffect(() => {
    if (grabbed) focusCard(ref.current, grabbed);
  }, [grabbed]);

  const focus = (to: Spot | undefined) => {
    if (!to) return;
    setSpot(to);
    focusCard(ref.current, to);
  };
  const openMenu = useCallback((spot: Spot, anchor: HTMLElement, begin?: CardChoice) => setMenu({ ...spot, anchor, begin }), []);

  const grab = (spot: Spot, card: Card) => {
    if (!view.mayEdit) return;
    const column = columnOf(drawn, card.id)!;
    const index = column.cards.indexOf(card);
    const to = { columnId: column.id, after: column.cards[index - 1]?.id, before: column.cards[index + 1]?.id };
    setGrabbed({ ...spot, from: spot.lane, to, isMoved: false });
    announce(t('board.grabbed', { name: humanId(view, card) }));
  };

  const step = (direction: Direction) => {
    const next = grabbed && placeInDirection(lanes, grabbed, direction);
    if (!next) return;
    setGrabbed({ ...grabbed, ...next, isMoved: true });
    const lane = lanes.find(({ id }) => id === next.lane)!;
    const column = lane.board.columns.find(({ id }) => id === next.to.columnId)!;
    const others = column.cards.filter(({ id }) => id !== grabbed.id);
    const before = others.findIndex(({ id }) => id === next.to.before);
    const name = laned ? `${lane.name}, ${column.name}` : column.name;
    announce(t('board.grabbedAt', { column: name, position: (before < 0 ? others.length : before) + 1, count: others.length + 1 }));
  };

  const drop = ({ id, from, lane, to, isMoved }: Grabbed) => {
    setGrabbed(undefined);
    setSpot({ lane: isMoved ? lane : from, id });
    const card = findCard(view.board, id);
    if (isMoved && card) moveCard(view, card, to, laned?.fields(card, from, lane));
    else announce(t('board.notMoved'));
    requestAnimationFrame(() => focusCard(ref.current, { lane: isMoved ? lane : from, id }));
  };

  const section = t('keys.board');
  useCommands([
    { id: 'board-add', name: t('board.add'), section, keys: 'n', run: () => view.mayEdit && setAdding(view.board.columns[0]?.id) },
    { id: 'board-filter', name: t('filter.text'), section, keys: 'f', run: () => document.getElementById('filter-text')?.focus() },
    { id: 'board-open', name: t('card.open'), section, keys: 'Enter' },
    { id: 'board-lift', name: t('board.lift'), section, keys: ' ' },
    { id: 'board-menu', name: t('card.menuName'), section, keys: 'm' },
    { id: 'board-move', name: t('card.move'), section, keys: 's' },
    { id: 'board-assign', name: t('task.assignees'), section, keys: 'a' },
    { id: 'board-label', name: t('task.labels'), section, keys: 'l' },
    { id: 'board-priority', name: t('task.priority'), section, keys: 'p' },
    { id: 'board-due', name: t('task.dueDate'), section, keys: 'd' },
    { id: 'board-delete', name: t('task.delete'), section, keys: 'Delete' },
  ]);

  const onGrabbedKey = (held: Grabbed, key: string): boolean => {
    const direction = DIRECTIONS[key];
    if (direction) step(direction);
    else if (key === ' ' || key === 'Enter') drop(held);
    else if (key === 'Escape') drop({ ...held, isMoved: false });
    else return false;
    return true;
  };

  const onCardKey = (event: React.KeyboardEvent, at: Spot, card: Card): boolean => {
    const direction = DIRECTIONS[event.key];
    const anchor = event.target as HTMLElement;
    if (direction && !event.ctrlKey && !event.shiftKey) focus(neighbour(lanes, at, direction));
    else if (event.key === ' ') grab(at, card);
    else if (!view.mayEdit || event.ctrlKey) return false;
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey) || event.key === 'm') openMenu(at, anchor);
    else if (event.key in CHOICES && !event.shiftKey) openMenu(at, anchor, CHOICES[event.key]);
    else if (event.key === 'Delete' || event.key === 'Backspace') {
      const next = neighbour(lanes, at, 'down') ?? neighbour(lanes, at, 'up') ?? neighbour(lanes, at, 'left');
      deleteTasks(view, [editable(view, card)]);
      requestAnimationFrame(() => focus(next));
    } else return false;
    return true;
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    const at = spotOf(event.target);
    const card = at && findCard(drawn, at.id);
    if (!card || !(event.target as HTMLElement).matches('a') || event.altKey || event.metaKey) return;
    if (grabbed ? !onGrabbedKey(grabbed, event.key) : !onCardKey(event, at, card)) return;
    event.preventDefault();
    if (grabbed) event.stopPropagation();
  };

  const menuCard = menu && findCard(view.board, menu.id);
  const isEmpty = filters.isActive && shown.columns.every(({ cards }) => cards.length === 0);
  const totals = useMemo(() => view.board.columns.map(({ cards }) => cards.length), [view.board]);
  const query = search.size > 0 ? `?${search}` : '';
  const common = { openNumber, search: query, onAdding: setAdding, onMenu: openMenu };
  return (
    <>
      <p id="board-keys" className="unseen">
        {view.mayEdit ? t('board.keys') : t('board.keysReadOnly')}
      </p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the cards inside, which are links */}
      <div
        ref={ref}
        className="board"
        data-lanes={laned ? '' : undefined}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const at = spotOf(event.target);
          if (at) setSpot(at);
        }}
        onContextMenu={(event) => {
          const card = (event.target as HTMLElement).closest<HTMLElement>('[data-card]');
          const at = spotOf(card);
          if (!card || !at || !view.mayEdit || event.shiftKey) return;
          event.preventDefault();
          openMenu(at, card);
        }}
        onBlur={(event) => {
          if (grabbed && event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) drop({ ...grabbed, isMoved: false });
        }}
      >
        {isEmpty && (
          <div className="board-none">
            <Empty icon="filter" title={t('filter.nothing')}>
              <button type="button" className="button" data-kind="plain" onClick={clearFilters}>
                {t('filter.clear')}
              </button>
            </Empty>
          </div>
        )}
        {laned ? (
          <laned.Rows lanes={lanes} totals={totals} current={current} grabbed={grabbed} adding={adding} {...common} />
        ) : (
          drawn.columns.map((column, index) => (
            <ColumnView
              key={column.id}
              column={column}
              total={totals[index] ?? 0}
              currentId={current && hasCard(column, current.id)}
              grabbedId={grabbed && hasCard(column, grabbed.id)}
              isAdding={adding === column.id}
              {...common}
            />
          ))
        )}
        {!laned && view.mayManage && !view.project.archived && <NewColumn />}
      </div>
      {menuCard && menu && (
        <Suspense>
          <CardMenu
            key={`${menu.id} ${menu.begin}`}
            card={menuCard}
            anchor={menu.anchor}
            begin={menu.begin}
            onClose={() => setMenu(undefined)}
          />
        </Suspense>
      )}
    </>
  );
}

const CHOICES: Record<string, CardChoice> = { s: 'column', a: 'assignees', l: 'labels', p: 'priority', d: 'due' };

const DIRECTIONS: Record<string, Direction> = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' };

function firstSpot(lanes: Lane[]): Spot | undefined {
  for (const { id, board } of lanes) {
    const card = board.columns.find(({ cards }) => cards.length > 0)?.cards[0];
    if (card) return { lane: id, id: card.id };
  }
  return undefined;
}

/** The id only for the column that has the card, so that the others are not drawn anew. */
const hasCard = (column: Board['columns'][number], id: string): string | undefined =>
  columnOf({ columns: [column] }, id) ? id : undefined;

function spotOf(element: EventTarget | null): Spot | undefined {
  const card = (element as HTMLElement | null)?.closest<HTMLElement>('[data-card]');
  return card ? { lane: card.dataset.lane!, id: card.dataset.card! } : undefined;
}

/** A card that is far down its column is drawn only once that has scrolled: a few frames later. */
function focusCard(board: HTMLElement | null, { lane, id }: Spot, frames = 8): void {
  const link = board?.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"][data-lane="${CSS.escape(lane)}"] a`);
  if (link) {
    link.focus({ preventScroll: true });
    link.closest('li')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  } else if (frames > 0) requestAnimationFrame(() => focusCard(board, { lane, id }, frames - 1));
}
