import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { applyToBoard, type Card, columnOf, findByNumber, findCard } from '../changes/apply.ts';
import type { Change, Place } from '../changes/change.ts';
import { useCommands } from '../commands/commands.ts';
import { announce } from '../design/announce.ts';
import { preloadPopups } from '../design/popups.tsx';
import { Empty } from '../design/states.tsx';
import { t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { usePlace } from '../router/router.tsx';
import { deleteTasks, editable, humanId, moveCard } from './acts.ts';
import { type CardChoice, CardMenu } from './CardMenu.tsx';
import { ColumnView } from './ColumnView.tsx';
import { useDragAndDrop, watchDrops } from './drag.ts';
import { FilterBar } from './FilterBar.tsx';
import { clearFilters, filterBoard, useFilters } from './filters.ts';
import { NewColumn } from './NewColumn.tsx';
import { neighbourCard, placeInDirection } from './steps.ts';
import './board.css';

export function BoardView() {
  const view = useProject();
  const filters = useFilters();
  const { path, search } = usePlace();
  const shown = useMemo(() => filterBoard(view.board, filters), [view.board, filters]);
  const ref = useRef<HTMLDivElement>(null);
  const [currentId, setCurrentId] = useState<string>();
  const [grabbed, setGrabbed] = useState<{ id: string; to: Place; isMoved: boolean }>();
  const [adding, setAdding] = useState<string>();
  const [menu, setMenu] = useState<{ id: string; anchor: HTMLElement; begin?: CardChoice | undefined }>();
  const openNumber = Number(/-(\d+)$/.exec(path)?.[1] ?? Number.NaN);

  const drawn = useMemo(
    () => (grabbed ? applyToBoard(shown, [{ kind: 'move', taskId: grabbed.id, to: grabbed.to } as Change]) : shown),
    [shown, grabbed],
  );
  const current = (currentId && findCard(drawn, currentId)?.id) ?? drawn.columns.find(({ cards }) => cards.length > 0)?.cards[0]?.id;

  const latest = useRef(view);
  latest.current = view;
  const drag = useDragAndDrop();
  useEffect(preloadPopups, []);
  useEffect(() => {
    if (!drag || !ref.current) return;
    return watchDrops(drag, ref.current, (id, to) => {
      const card = findCard(latest.current.board, id);
      if (card) moveCard(latest.current, card, to);
    });
  }, [drag]);

  // A card that was moved to another column is a new element there: the focus goes along.
  useLayoutEffect(() => {
    if (grabbed) focusCard(ref.current, grabbed.id);
  }, [grabbed]);

  const focus = (card: Card | undefined) => {
    if (!card) return;
    setCurrentId(card.id);
    focusCard(ref.current, card.id);
  };

  const grab = (card: Card) => {
    if (!view.mayEdit) return;
    const column = columnOf(drawn, card.id)!;
    const index = column.cards.indexOf(card);
    const to = { columnId: column.id, after: column.cards[index - 1]?.id, before: column.cards[index + 1]?.id };
    setGrabbed({ id: card.id, to, isMoved: false });
    announce(t('board.grabbed', { name: humanId(view, card) }));
  };

  const drop = (id: string, to: Place) => {
    setGrabbed(undefined);
    setCurrentId(id);
    const card = findCard(view.board, id);
    if (card) moveCard(view, card, to);
    requestAnimationFrame(() => focusCard(ref.current, id));
  };

  const cancel = (id: string) => {
    setGrabbed(undefined);
    announce(t('board.notMoved'));
    requestAnimationFrame(() => focusCard(ref.current, id));
  };

  const openMenu = (id: string, anchor: HTMLElement, begin?: CardChoice) => setMenu({ id, anchor, begin });

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

  const onKeyDown = (event: React.KeyboardEvent) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>('[data-card]')?.dataset.card;
    const card = id ? findCard(drawn, id) : undefined;
    if (!card || !(event.target as HTMLElement).matches('a') || event.altKey || event.metaKey) return;
    const direction = DIRECTIONS[event.key];
    if (grabbed) {
      if (direction) {
        const to = placeInDirection(drawn, grabbed.id, direction);
        if (to) {
          setGrabbed({ id: grabbed.id, to, isMoved: true });
          const column = drawn.columns.find((candidate) => candidate.id === to.columnId)!;
          const position = to.before
            ? column.cards.filter(({ id }) => id !== grabbed.id).findIndex(({ id }) => id === to.before) + 1
            : undefined;
          const length = column.cards.filter(({ id }) => id !== grabbed.id).length + 1;
          announce(t('board.grabbedAt', { column: column.name, position: position ?? length, count: length }));
        }
      } else if (event.key === ' ' || event.key === 'Enter') {
        if (grabbed.isMoved) drop(grabbed.id, grabbed.to);
        else cancel(grabbed.id);
      } else if (event.key === 'Escape') cancel(grabbed.id);
      else return;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (direction && !event.ctrlKey && !event.shiftKey) focus(neighbourCard(drawn, card.id, direction));
    else if (event.key === ' ') grab(card);
    else if (!view.mayEdit || event.ctrlKey) return;
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey) || event.key === 'm')
      openMenu(card.id, event.target as HTMLElement);
    else if (event.key in CHOICES && !event.shiftKey) openMenu(card.id, event.target as HTMLElement, CHOICES[event.key]);
    else if (event.key === 'Delete' || event.key === 'Backspace') {
      const next = neighbourCard(drawn, card.id, 'down') ?? neighbourCard(drawn, card.id, 'up') ?? neighbourCard(drawn, card.id, 'left');
      deleteTasks(view, [editable(view, card)]);
      requestAnimationFrame(() => focus(next));
    } else return;
    event.preventDefault();
  };

  const menuCard = menu && findCard(view.board, menu.id);
  const isEmpty = filters.isActive && shown.columns.every(({ cards }) => cards.length === 0);
  const query = search.size > 0 ? `?${search}` : '';
  return (
    <>
      <FilterBar />
      <p id="board-keys" className="unseen">
        {view.mayEdit ? t('board.keys') : t('board.keysReadOnly')}
      </p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the cards inside, which are links */}
      <div
        ref={ref}
        className="board"
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const id = (event.target as HTMLElement).closest<HTMLElement>('[data-card]')?.dataset.card;
          if (id) setCurrentId(id);
        }}
        onContextMenu={(event) => {
          const card = (event.target as HTMLElement).closest<HTMLElement>('[data-card]');
          if (!card?.dataset.card || !view.mayEdit || event.shiftKey) return;
          event.preventDefault();
          openMenu(card.dataset.card, card);
        }}
        onBlur={(event) => {
          if (grabbed && !event.currentTarget.contains(event.relatedTarget) && event.relatedTarget) cancel(grabbed.id);
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
        {drawn.columns.map((column, index) => (
          <ColumnView
            key={column.id}
            column={column}
            total={view.board.columns[index]?.cards.length ?? 0}
            currentId={current}
            grabbedId={grabbed?.id}
            openId={Number.isNaN(openNumber) ? undefined : findByNumber({ ...drawn, columns: [column] }, openNumber)?.id}
            search={query}
            isAdding={adding === column.id}
            onAdding={(isAdding) => setAdding(isAdding ? column.id : undefined)}
          />
        ))}
        {view.mayManage && !view.project.archived && <NewColumn />}
      </div>
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

const DIRECTIONS: Record<string, 'up' | 'down' | 'left' | 'right'> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** A card that is far down its column is drawn only once that has scrolled: a few frames later. */
function focusCard(board: HTMLElement | null, id: string, frames = 8): void {
  const link = board?.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"] a`);
  if (link) {
    link.focus({ preventScroll: true });
    link.closest('li')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  } else if (frames > 0) requestAnimationFrame(() => focusCard(board, id, frames - 1));
}

export function BoardSkeleton() {
  return (
    <div className="board" aria-busy="true">
      <span className="unseen" role="status">
        {t('app.loading')}
      </span>
      {[5, 3, 4].map((cards) => (
        <div key={cards} className="column">
          <div className="column-head">
            <div className="skeleton skeleton-name" />
          </div>
          <div className="column-skeleton">
            {Array.from({ length: cards }, (_, index) => `card ${index}`).map((card) => (
              <div key={card} className="skeleton skeleton-card" />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}
