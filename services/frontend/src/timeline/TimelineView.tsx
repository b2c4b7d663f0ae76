import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { editable, editTask, humanId } from '../board/acts.ts';
import CardMenu from '../board/CardMenu.tsx';
import { FilterBar } from '../board/FilterBar.tsx';
import { filterBoard, useFilters } from '../board/filters.ts';
import { weekOf } from '../calendar/weeks.ts';
import { type Card, type Column, findCard } from '../changes/apply.ts';
import { isTemporaryId } from '../changes/change.ts';
import { announce } from '../design/announce.ts';
import { Empty } from '../design/states.tsx';
import { VirtualList } from '../design/VirtualList.tsx';
import { daysBetween, formatDay, toDate, today } from '../i18n/dates.ts';
import { formatDateTime, t } from '../i18n/translate.ts';
import { ViewChoice } from '../list/ViewChoice.tsx';
import { useProject } from '../project/project-view.ts';
import { Link, navigate, usePlace } from '../router/router.tsx';
import { fieldsOf, firstDays, type Hold, placeIn, rangeOf, type Span, shift, spanOf } from './spans.ts';
import './timeline.css';

/** Pixels a day. */
const SCALES = { weeks: 28, months: 9, quarters: 3 } as const;
type Scale = keyof typeof SCALES;

interface Row {
  card: Card;
  column: Column;
  span: Span;
}

/** Tasks as bars from their start to their due date, which move by mouse, touch and arrow keys. */
export default function TimelineView() {
  const view = useProject();
  const filters = useFilters();
  const { search } = usePlace();
  const scale: Scale = (Object.keys(SCALES) as Scale[]).find((name) => name === search.get('scale')) ?? 'months';
  const scroller = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<{ id: string; anchor: HTMLElement }>();
  const board = useMemo(() => filterBoard(view.board, filters), [view.board, filters]);
  const { rows, undated } = useMemo(() => {
    const all = board.columns.flatMap((column) => column.cards.map((card) => ({ card, column, span: spanOf(card) })));
    const dated = all.filter((row): row is Row => row.span !== undefined);
    dated.sort((a, b) => a.span.from.localeCompare(b.span.from) || a.span.to.localeCompare(b.span.to));
    return { rows: dated, undated: all.length - dated.length };
  }, [board]);
  const now = today();
  const range = useMemo(
    () =>
      rangeOf(
        rows.map(({ span }) => span),
        now,
      ),
    [rows, now],
  );
  const width = SCALES[scale];
  const days = daysBetween(range.from, range.to) + 1;
  const at = (day: string) => daysBetween(range.from, day) * width;
  const [months, weeks] = useMemo(
    () => [firstDays(range, (day) => day.endsWith('-01')), firstDays(range, (day) => weekOf(day) === day)],
    [range],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: for another scale, not whenever a task moves
  useLayoutEffect(() => {
    const left = Math.max(at(now) - 160, 0);
    scroller.current?.scrollTo({ left: isRightToLeft() ? -left : left });
  }, [scale]);

  const menuCard = menu && findCard(view.board, menu.id);
  const query = search.size > 0 ? `?${search}` : '';
  return (
    <>
      <FilterBar>
        <ViewChoice
          name="scale"
          label={t('timeline.scale')}
          value={scale}
          options={(Object.keys(SCALES) as Scale[]).map((id) => [id, t(`timeline.${id}`)])}
        />
      </FilterBar>
      <p id="timeline-keys" className="unseen">
        {t('timeline.keys')}
      </p>
      {rows.length === 0 ? (
        <Empty icon={filters.isActive ? 'filter' : 'timeline'} title={t(filters.isActive ? 'filter.nothing' : 'timeline.empty')}>
          {!filters.isActive && <p>{t('timeline.emptyText')}</p>}
        </Empty>
      ) : (
        <div ref={scroller} className="timeline" style={{ '--day': `${width}px`, '--days': days }}>
          <div className="timeline-head" aria-hidden="true">
            {months.map((day) => (
              <span key={day} className="timeline-month" style={{ insetInlineStart: at(day) }}>
                {formatDateTime(toDate(day), { month: 'short', ...(day.slice(5, 7) === '01' ? { year: 'numeric' } : {}) })}
              </span>
            ))}
            {scale !== 'quarters' &&
              weeks.map((day) => (
                <span key={day} className="timeline-week number" style={{ insetInlineStart: at(day) }}>
                  {Number(day.slice(8))}
                </span>
              ))}
          </div>
          <div className="timeline-body">
            <span className="timeline-today" style={{ insetInlineStart: at(now) + width / 2 }} aria-hidden="true" />
            <VirtualList items={rows} className="timeline-rows" label={t('timeline.title')} scrollRef={scroller}>
              {(row) => (
                <div key={row.card.id} className="timeline-row">
                  <div className="timeline-name">
                    <span className="category" data-category={row.column.category} />
                    <Link
                      to={`${view.path}/timeline/${humanId(view, row.card)}${query}`}
                      className="row-title"
                      data-done={row.column.category === 'done' || undefined}
                      title={row.card.title}
                    >
                      {row.card.title}
                    </Link>
                  </div>
                  <Bar row={row} range={range} width={width} onMenu={(anchor) => setMenu({ id: row.card.id, anchor })} />
                </div>
              )}
            </VirtualList>
          </div>
        </div>
      )}
      {undated > 0 && (
        <p className="timeline-undated quiet">
          <Link to={`${view.path}/list?group=due`}>{t('timeline.undated', { count: undated })}</Link>
        </p>
      )}
      {menuCard && menu && <CardMenu card={menuCard} anchor={menu.anchor} begin="due" onClose={() => setMenu(undefined)} />}
    </>
  );
}

interface BarProps {
  row: Row;
  range: Span;
  /** pixels a day */
  width: number;
  onMenu: (anchor: HTMLElement) => void;
}

function Bar({ row: { card, column, span }, range, width, onMenu }: BarProps) {
  const view = useProject();
  const { search } = usePlace();
  const [held, setHeld] = useState<{ hold: Hold; x: number; days: number }>();
  const wasMoved = useRef(false);
  const shown = held ? shift(span, held.hold, held.days) : span;
  const { start, length } = placeIn(range, shown);
  const canMove = view.mayEdit && !isTemporaryId(card.id);
  const name = humanId(view, card);
  const text =
    shown.from === shown.to ? formatDay(shown.to) : t('timeline.fromTo', { from: formatDay(shown.from), to: formatDay(shown.to) });

  const move = (to: Span) => {
    if (to.from === span.from && to.to === span.to) return;
    editTask(view, editable(view, card), fieldsOf(card, to));
  };
  const daysAt = (event: PointerEvent, x: number) => Math.round(((event.clientX - x) * (isRightToLeft() ? -1 : 1)) / width);
  const grab = (event: PointerEvent<HTMLElement>) => {
    if (!canMove || event.button !== 0) return;
    const hold = ((event.target as HTMLElement).dataset.hold as Hold | undefined) ?? 'whole';
    event.currentTarget.setPointerCapture(event.pointerId);
    wasMoved.current = false;
    setHeld({ hold, x: event.clientX, days: 0 });
  };
  const drag = (event: PointerEvent) => {
    if (!held) return;
    const days = daysAt(event, held.x);
    if (days !== 0) wasMoved.current = true;
    if (days !== held.days) setHeld({ ...held, days });
  };
  const drop = () => {
    if (held) move(shift(span, held.hold, held.days));
    setHeld(undefined);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Escape' && held) setHeld(undefined);
    if (!canMove || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'd') onMenu(event.currentTarget);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      const days = (event.key === 'ArrowRight') !== isRightToLeft() ? 1 : -1;
      const to = shift(span, event.shiftKey ? 'end' : 'whole', days);
      move(to);
      announce(t('timeline.fromTo', { from: formatDay(to.from), to: formatDay(to.to) }));
    } else return;
    event.preventDefault();
  };
  const isLate = card.dueDate !== undefined && card.dueDate < today() && column.category !== 'done';
  return (
    <div className="timeline-track">
      <button
        type="button"
        className="timeline-bar"
        data-category={column.category}
        data-late={isLate || undefined}
        data-held={held ? '' : undefined}
        data-movable={canMove || undefined}
        style={{ insetInlineStart: start * width, inlineSize: length * width }}
        aria-label={`${name}: ${text}`}
        aria-describedby={canMove ? 'timeline-keys' : undefined}
        title={`${card.title}: ${text}`}
        onPointerDown={grab}
        onPointerMove={drag}
        onPointerUp={drop}
        onPointerCancel={() => setHeld(undefined)}
        onKeyDown={onKeyDown}
        onClick={() => {
          if (!wasMoved.current) navigate(`${view.path}/timeline/${name}${search.size > 0 ? `?${search}` : ''}`);
          wasMoved.current = false;
        }}
      >
        {canMove && <span className="timeline-end" data-hold="start" />}
        {canMove && <span className="timeline-end" data-hold="end" />}
      </button>
      {held && (
        <span className="timeline-dates number" style={{ insetInlineStart: (start + length) * width + 6 }}>
          {text}
        </span>
      )}
    </div>
  );
}

const isRightToLeft = (): boolean => getComputedStyle(document.documentElement).direction === 'rtl';
