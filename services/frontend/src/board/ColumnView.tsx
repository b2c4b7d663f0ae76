import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Column } from '../changes/apply.ts';
import { Icon } from '../design/Icon.tsx';
import { lazyPart } from '../design/lazy-part.ts';
import { usePrinting } from '../design/use-printing.ts';
import { t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';
import { CardView } from './CardView.tsx';
import { ColumnHead, isBeyond } from './ColumnHead.tsx';
import { useDragAndDrop } from './drag.ts';
import type { Spot } from './steps.ts';

const QuickAdd = lazyPart(() => import('./QuickAdd.tsx'));

interface ColumnViewProps {
  column: Column;
  /** cards in it, whether the filters show them or not */
  total: number;
  currentId: string | undefined;
  grabbedId: string | undefined;
  openNumber: number;
  search: string;
  isAdding: boolean;
  /** told where a task is to be added, undefined when nowhere any more */
  onAdding: (columnId: string | undefined) => void;
  onMenu: (spot: Spot, anchor: HTMLElement) => void;
}

/** A column draws only the cards that can be seen, and some beyond. */
export const ColumnView = memo(function ColumnView(props: ColumnViewProps) {
  const { column, total, currentId, grabbedId, openNumber, search, isAdding, onAdding, onMenu } = props;
  const { mayEdit } = useFrame();
  const section = useRef<HTMLElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [isOver, setOver] = useState(false);
  const drag = useDragAndDrop();
  useEffect(() => {
    if (!drag || !section.current || !list.current || !mayEdit) return;
    return drag.combine(
      drag.dropColumn(section.current, { columnId: column.id, lane: '' }, setOver),
      drag.scrollWhileDragging(list.current),
    );
  }, [drag, column.id, mayEdit]);

  const cards = column.cards;
  const virtual = useVirtualizer({
    count: cards.length,
    getScrollElement: () => list.current,
    estimateSize: (index) => (cards[index]?.labelIds ? 98 : 72),
    getItemKey: (index) => cards[index]!.id,
    overscan: 8,
  });
  const grabbedIndex = grabbedId ? cards.findIndex(({ id }) => id === grabbedId) : -1;
  const currentIndex = currentId ? cards.findIndex(({ id }) => id === currentId) : -1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only for another card, not when others move around it
  useLayoutEffect(() => {
    const index = grabbedIndex >= 0 ? grabbedIndex : currentIndex;
    if (index >= 0) virtual.scrollToIndex(index, { align: 'auto' });
  }, [grabbedIndex, currentId, virtual]);

  const isPrinting = usePrinting();
  const drawn = isPrinting ? cards.map(({ id }, index) => ({ index, key: id, start: 0 })) : virtual.getVirtualItems();
  const headingId = `column-${column.id}`;
  return (
    <section
      ref={section}
      className="column"
      aria-labelledby={headingId}
      data-over={isOver || undefined}
      data-beyond={isBeyond(column, total) || undefined}
    >
      <ColumnHead column={column} total={total} headingId={headingId} onAdd={() => onAdding(column.id)} />
      <div ref={list} className="column-cards">
        <ul className="cards" style={isPrinting ? {} : { height: virtual.getTotalSize() }}>
          {drawn.map(({ index, key, start }) => {
            const card = cards[index]!;
            return (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                aria-setsize={cards.length}
                aria-posinset={index + 1}
                style={isPrinting ? {} : { transform: `translateY(${start}px)` }}
              >
                <CardView
                  card={card}
                  columnId={column.id}
                  lane=""
                  isCurrent={card.id === currentId}
                  isGrabbed={card.id === grabbedId}
                  isOpen={card.number === openNumber}
                  isDone={column.category === 'done'}
                  search={search}
                  onMenu={onMenu}
                />
              </li>
            );
          })}
        </ul>
      </div>
      {mayEdit &&
        (isAdding ? (
          <Suspense fallback={<div className="quick-add" />}>
            <QuickAdd columnId={column.id} onClose={() => onAdding(undefined)} />
          </Suspense>
        ) : (
          <button type="button" className="column-add" onClick={() => onAdding(column.id)}>
            <Icon name="add" />
            {t('board.add')}
          </button>
        ))}
    </section>
  );
});
