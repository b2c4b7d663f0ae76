import { memo, Suspense, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { Column } from '../changes/apply.ts';
import { Icon } from '../design/Icon.tsx';
import { lazyPart } from '../design/lazy-part.ts';
import { VirtualList } from '../design/VirtualList.tsx';
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
  const virtual = useRef<VirtualizerHandle>(null);
  const grabbedIndex = grabbedId ? cards.findIndex(({ id }) => id === grabbedId) : -1;
  const currentIndex = currentId ? cards.findIndex(({ id }) => id === currentId) : -1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only for another card, not when others move around it
  useLayoutEffect(() => {
    const index = grabbedIndex >= 0 ? grabbedIndex : currentIndex;
    if (index >= 0) virtual.current?.scrollToIndex(index, { align: 'nearest' });
  }, [grabbedIndex, currentId]);
  const kept = useMemo(() => [grabbedIndex, currentIndex].filter((index) => index >= 0), [grabbedIndex, currentIndex]);

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
        <VirtualList ref={virtual} items={cards} className="cards" keep={kept}>
          {(card) => (
            <CardView
              key={card.id}
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
          )}
        </VirtualList>
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
