import { Suspense, useEffect, useMemo, useRef, useState } from 'react';
import type { Card, Column } from '../changes/apply.ts';
import { Icon } from '../design/Icon.tsx';
import { Empty } from '../design/states.tsx';
import { usePrinting } from '../design/use-printing.ts';
import { formatNumber, t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';
import { BoardFrame, type Lanes, type RowsProps } from './BoardFrame.tsx';
import { CardView } from './CardView.tsx';
import { ColumnHead, isBeyond } from './ColumnHead.tsx';
import { useDragAndDrop } from './drag.ts';
import { useFilters } from './filters.ts';
import { countOf, fieldsOfLane, type LaneKind, splitBoard } from './lanes.ts';
import type { Lane } from './steps.ts';
import './lanes.css';
import { lazyPart } from '../design/lazy-part.ts';

const QuickAdd = lazyPart(() => import('./QuickAdd.tsx'));

/** A board in lanes: dragging a card to another one changes its assignee, label or priority too. */
export default function LanedBoard({ kind }: { kind: LaneKind }) {
  const { people, labels } = useFrame();
  const lanes = useMemo(
    (): Lanes => ({
      split: (board) => splitBoard(board, { people, labels }, kind),
      fields: (card, from, to) => fieldsOfLane(card, kind, from, to),
      Rows,
    }),
    [kind, people, labels],
  );
  return <BoardFrame lanes={lanes} />;
}

function Rows(props: RowsProps) {
  const { lanes, totals, adding, onAdding } = props;
  const { project } = useFrame();
  const { isActive } = useFilters(); // then the frame says that nothing is found
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const fold = (id: string) =>
    setFolded((known) => (known.has(id) ? new Set([...known].filter((other) => other !== id)) : new Set([...known, id])));
  const columns = lanes[0]?.board.columns ?? project.columns.map((column): Column => ({ ...column, cards: [] }));
  return (
    <div className="lanes">
      <div className="lane-columns">
        {columns.map((column, index) => (
          <div key={column.id} className="lane-column" data-beyond={isBeyond(column, totals[index] ?? 0) || undefined}>
            <ColumnHead column={column} total={totals[index] ?? 0} headingId={`column-${column.id}`} onAdd={() => onAdding(column.id)} />
            {adding === column.id && (
              <Suspense>
                <QuickAdd columnId={column.id} onClose={() => onAdding(undefined)} />
              </Suspense>
            )}
          </div>
        ))}
      </div>
      {lanes.length === 0 && !isActive && <Empty icon="board" title={t('list.empty')} />}
      {lanes.map((lane) => (
        <section key={lane.id} className="lane" aria-label={lane.name}>
          <h3 className="lane-head">
            <button type="button" className="lane-fold" aria-expanded={!folded.has(lane.id)} onClick={() => fold(lane.id)}>
              <Icon name={folded.has(lane.id) ? 'chevronRight' : 'chevronDown'} />
              {lane.name}
              <span className="quiet number">{formatNumber(countOf(lane))}</span>
            </button>
          </h3>
          {!folded.has(lane.id) && (
            <div className="lane-cells">
              {lane.board.columns.map((column) => (
                <Cell key={column.id} lane={lane} column={column} {...props} />
              ))}
            </div>
          )}
        </section>
      ))}
    </div>
  );
}

/** So many cards of a cell are drawn at first, and each time that more are asked for. */
const AT_ONCE = 25;

function Cell({ lane, column, current, grabbed, openNumber, search, onMenu }: RowsProps & { lane: Lane; column: Column }) {
  const { mayEdit } = useFrame();
  const ref = useRef<HTMLDivElement>(null);
  const [isOver, setOver] = useState(false);
  const [asked, setAsked] = useState(AT_ONCE);
  const drag = useDragAndDrop();
  useEffect(() => {
    if (!drag || !ref.current || !mayEdit) return;
    return drag.dropColumn(ref.current, { columnId: column.id, lane: lane.id }, setOver);
  }, [drag, column.id, lane.id, mayEdit]);
  const isPrinting = usePrinting();
  const here = (spot: typeof current) => (spot?.lane === lane.id ? column.cards.findIndex(({ id }) => id === spot.id) : -1);
  // The card that has the focus is drawn in any case.
  const most = isPrinting ? column.cards.length : Math.max(asked, here(current) + 2, here(grabbed) + 2);
  const rest = column.cards.length - most;
  return (
    <div ref={ref} className="lane-cell" data-over={isOver || undefined}>
      <ul aria-label={`${lane.name}, ${column.name}`}>
        {column.cards.slice(0, most).map((card: Card) => (
          <li key={card.id}>
            <CardView
              card={card}
              columnId={column.id}
              lane={lane.id}
              isCurrent={current?.lane === lane.id && current.id === card.id}
              isGrabbed={grabbed?.lane === lane.id && grabbed.id === card.id}
              isOpen={card.number === openNumber}
              isDone={column.category === 'done'}
              search={search}
              onMenu={onMenu}
            />
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" className="button" data-size="small" onClick={() => setAsked(most + AT_ONCE)}>
          {t('calendar.more', { count: rest })}
        </button>
      )}
    </div>
  );
}
