import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Column } from '../changes/apply.ts';
import { Icon } from '../design/Icon.tsx';
import { usePrinting } from '../design/use-printing.ts';
import { formatNumber, t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { CardView } from './CardView.tsx';
import { ColumnMenu } from './ColumnMenu.tsx';
import { dropColumn, useDragAndDrop } from './drag.ts';
import { QuickAdd } from './QuickAdd.tsx';

interface ColumnViewProps {
  column: Column;
  /** cards in it, whether the filters show them or not */
  total: number;
  currentId: string | undefined;
  grabbedId: string | undefined;
  openId: string | undefined;
  search: string;
  isAdding: boolean;
  onAdding: (isAdding: boolean) => void;
}

/** A column draws only the cards that can be seen, and some beyond. */
export const ColumnView = memo(function ColumnView(props: ColumnViewProps) {
  const { column, total, currentId, grabbedId, openId, search, isAdding, onAdding } = props;
  const { mayEdit, mayManage, project } = useProject();
  const section = useRef<HTMLElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [isOver, setOver] = useState(false);
  const drag = useDragAndDrop();
  useEffect(() => {
    if (!drag || !section.current || !list.current || !mayEdit) return;
    return dropColumn(drag, section.current, list.current, column.id, setOver);
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
  const isFull = column.wipLimit !== null && total >= column.wipLimit;
  const isBeyond = column.wipLimit !== null && total > column.wipLimit;
  const headingId = `column-${column.id}`;
  return (
    <section
      ref={section}
      className="column"
      aria-labelledby={headingId}
      data-over={isOver || undefined}
      data-beyond={isBeyond || undefined}
    >
      <header className="column-head">
        <span className="category" data-category={column.category} />
        <h2 id={headingId} className="cut">
          {column.name}
        </h2>
        <span className="column-count number" data-full={isFull || undefined}>
          {column.wipLimit === null ? formatNumber(total) : t('board.countOfLimit', { total, limit: column.wipLimit })}
          <span className="unseen">{isBeyond ? ` ${t('board.beyondLimit')}` : isFull ? ` ${t('board.atLimit')}` : ''}</span>
        </span>
        <span className="grow" />
        {mayEdit && (
          <button
            type="button"
            className="button"
            data-icon=""
            data-size="small"
            aria-label={t('board.addTo', { column: column.name })}
            onClick={() => onAdding(true)}
          >
            <Icon name="add" />
          </button>
        )}
        {mayManage && !project.archived && <ColumnMenu column={column} count={total} />}
      </header>
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
                  isCurrent={card.id === currentId}
                  isGrabbed={card.id === grabbedId}
                  isOpen={card.id === openId}
                  isDone={column.category === 'done'}
                  search={search}
                />
              </li>
            );
          })}
        </ul>
      </div>
      {mayEdit &&
        (isAdding ? (
          <QuickAdd columnId={column.id} onClose={() => onAdding(false)} />
        ) : (
          <button type="button" className="column-add" onClick={() => onAdding(true)}>
            <Icon name="add" />
            {t('board.add')}
          </button>
        ))}
    </section>
  );
});
