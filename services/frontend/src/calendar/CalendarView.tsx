import { useEffect, useMemo, useRef, useState } from 'react';
import { editable, editTask, humanId } from '../board/acts.ts';
import CardMenu from '../board/CardMenu.tsx';
import { useDragAndDrop } from '../board/drag.ts';
import { FilterBar } from '../board/FilterBar.tsx';
import { filterBoard, useFilters } from '../board/filters.ts';
import { type Card, type Column, findCard } from '../changes/apply.ts';
import { isTemporaryId } from '../changes/change.ts';
import { Icon } from '../design/Icon.tsx';
import { addDays, formatFullDay, toDate, today } from '../i18n/dates.ts';
import { formatDateTime, t } from '../i18n/translate.ts';
import { ViewChoice } from '../list/ViewChoice.tsx';
import { useProject } from '../project/project-view.ts';
import { Link, setSearch, usePlace } from '../router/router.tsx';
import { addMonths, weekOf, weeksOfMonth } from './weeks.ts';
import './calendar.css';

interface Dated {
  card: Card;
  column: Column;
}

/** So many tasks of a day are shown in a month; the week shows all. */
const MOST_A_DAY = 4;

/** What is due when. A task that is dragged to another day is due then; by keyboard D asks for the day. */
export default function CalendarView() {
  const view = useProject();
  const filters = useFilters();
  const { search } = usePlace();
  const span = search.get('span') === 'week' ? 'week' : 'month';
  const day = /^\d{4}-\d\d-\d\d$/.test(search.get('day') ?? '') ? search.get('day')! : today();
  const weeks = span === 'month' ? weeksOfMonth(day.slice(0, 7)) : [Array.from({ length: 7 }, (_, index) => addDays(weekOf(day), index))];
  const [menu, setMenu] = useState<{ id: string; anchor: HTMLElement }>();
  const shown = useMemo(() => filterBoard(view.board, filters), [view.board, filters]);
  const byDay = useMemo(() => {
    const dated = shown.columns.flatMap((column) => column.cards.flatMap((card): Dated[] => (card.dueDate ? [{ card, column }] : [])));
    return Map.groupBy(dated, ({ card }) => card.dueDate!);
  }, [shown]);
  const undated = useMemo(
    () =>
      shown.columns.flatMap((column) =>
        column.category === 'done' ? [] : column.cards.filter(({ dueDate }) => !dueDate).map((card) => ({ card, column })),
      ),
    [shown],
  );
  const step = (count: number) => {
    const to = span === 'week' ? addDays(day, count * 7) : `${addMonths(day.slice(0, 7), count)}-01`;
    setSearch({ day: to });
  };
  const grid = useRef<HTMLDivElement>(null);
  useDrops(grid);
  const menuCard = menu && findCard(view.board, menu.id);
  const title =
    span === 'month' ? formatDateTime(toDate(`${day.slice(0, 7)}-15`), { month: 'long', year: 'numeric' }) : formatFullDay(weeks[0]![0]!);
  return (
    <>
      <FilterBar>
        <ViewChoice
          name="span"
          label={t('calendar.span')}
          value={span}
          options={(['month', 'week'] as const).map((id) => [id, t(`calendar.${id}`)])}
        />
      </FilterBar>
      <div className="calendar" ref={grid}>
        <div className="calendar-main">
          <header className="calendar-head">
            <h2 aria-live="polite">{title}</h2>
            <button
              type="button"
              className="button"
              data-icon=""
              data-size="small"
              aria-label={t('calendar.previous')}
              onClick={() => step(-1)}
            >
              <Icon name="arrowLeft" />
            </button>
            <button type="button" className="button" data-size="small" data-kind="plain" onClick={() => setSearch({ day: null })}>
              {t('date.today')}
            </button>
            <button type="button" className="button" data-icon="" data-size="small" aria-label={t('calendar.next')} onClick={() => step(1)}>
              <Icon name="arrowRight" />
            </button>
          </header>
          <table className="calendar-grid" data-span={span}>
            <thead>
              <tr>
                {weeks[0]!.map((each) => (
                  <th key={each} scope="col">
                    {formatDateTime(toDate(each), { weekday: 'short' })}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {weeks.map((week) => (
                <tr key={week[0]}>
                  {week.map((each) => {
                    const tasks = byDay.get(each) ?? [];
                    const most = span === 'month' ? MOST_A_DAY : tasks.length;
                    return (
                      <td
                        key={each}
                        data-day={each}
                        data-today={each === today() || undefined}
                        data-other={(span === 'month' && each.slice(0, 7) !== day.slice(0, 7)) || undefined}
                      >
                        <time dateTime={each}>
                          <span aria-hidden="true">{Number(each.slice(8))}</span>
                          <span className="unseen">{formatFullDay(each)}</span>
                        </time>
                        <ul>
                          {tasks.slice(0, most).map((dated) => (
                            <DatedTask key={dated.card.id} {...dated} onMenu={(anchor) => setMenu({ id: dated.card.id, anchor })} />
                          ))}
                        </ul>
                        {tasks.length > most && (
                          <button
                            type="button"
                            className="button calendar-more"
                            data-size="small"
                            onClick={() => setSearch({ span: 'week', day: each })}
                          >
                            {t('calendar.more', { count: tasks.length - most })}
                          </button>
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <section className="calendar-undated" data-day="" aria-label={t('date.none')}>
          <h2>{t('date.none')}</h2>
          <ul>
            {undated.slice(0, 100).map((dated) => (
              <DatedTask key={dated.card.id} {...dated} onMenu={(anchor) => setMenu({ id: dated.card.id, anchor })} />
            ))}
          </ul>
        </section>
      </div>
      {menuCard && menu && <CardMenu card={menuCard} anchor={menu.anchor} begin="due" onClose={() => setMenu(undefined)} />}
    </>
  );
}

function DatedTask({ card, column, onMenu }: Dated & { onMenu: (anchor: HTMLElement) => void }) {
  const view = useProject();
  const { search } = usePlace();
  const ref = useRef<HTMLLIElement>(null);
  const drag = useDragAndDrop();
  const canDrag = view.mayEdit && !isTemporaryId(card.id);
  useEffect(() => {
    if (!drag || !ref.current || !canDrag) return;
    return drag.draggable({ element: ref.current, getInitialData: () => ({ dated: card.id }) });
  }, [drag, card.id, canDrag]);
  const isLate = card.dueDate !== undefined && card.dueDate < today() && column.category !== 'done';
  return (
    <li ref={ref} className="calendar-task" data-late={isLate || undefined}>
      <span className="category" data-category={column.category} />
      <Link
        to={`${view.path}/calendar/${humanId(view, card)}${search.size > 0 ? `?${search}` : ''}`}
        className="row-title"
        data-done={column.category === 'done' || undefined}
        draggable={false}
        title={card.title}
        onKeyDown={(event) => {
          if (event.key !== 'd' || !canDrag || event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          onMenu(event.currentTarget);
        }}
      >
        {card.title}
      </Link>
    </li>
  );
}

/** A task that is dropped on a day is due then; on the side it has no date. */
function useDrops(ref: React.RefObject<HTMLElement | null>): void {
  const view = useProject();
  const latest = useRef(view);
  latest.current = view;
  const drag = useDragAndDrop();
  useEffect(() => {
    const element = ref.current;
    if (!drag || !element) return;
    const dayAt = (x: number, y: number) => document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-day]');
    let over: HTMLElement | null | undefined;
    const mark = (next: HTMLElement | null | undefined) => {
      if (over !== next) {
        over?.removeAttribute('data-over');
        next?.setAttribute('data-over', '');
      }
      over = next;
    };
    return drag.combine(
      drag.dropTargetForElements({ element, canDrop: ({ source }) => typeof source.data.dated === 'string' }),
      drag.monitorForElements({
        canMonitor: ({ source }) => typeof source.data.dated === 'string',
        onDrag: ({ location }) => mark(dayAt(location.current.input.clientX, location.current.input.clientY)),
        onDrop: ({ source, location }) => {
          const target = dayAt(location.current.input.clientX, location.current.input.clientY);
          mark(undefined);
          const card = findCard(latest.current.board, String(source.data.dated));
          if (card && target) editTask(latest.current, editable(latest.current, card), { dueDate: target.dataset.day || null });
        },
      }),
    );
  }, [drag, ref]);
}
