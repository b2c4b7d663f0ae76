import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements, monitorForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { autoScrollForElements } from '@atlaskit/pragmatic-drag-and-drop-auto-scroll/element';
import { attachClosestEdge, extractClosestEdge } from '@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge';
import type { Place } from '../changes/change.ts';
import type { Edge } from './drag.ts';
import type { Spot } from './steps.ts';

/* What dragging needs, with its library: one chunk that is loaded after the board. */

interface CardData extends Record<string | symbol, unknown> {
  id: string;
  columnId: string;
  lane: string;
}

const isCard = (data: Record<string | symbol, unknown>): data is CardData =>
  typeof data.id === 'string' && typeof data.columnId === 'string';

/** Makes a card something to drag, and something to drop another one before or after. */
function dragCard(
  element: HTMLElement,
  data: CardData,
  { onEdge, onDragged }: { onEdge: (edge: Edge) => void; onDragged: (isDragged: boolean) => void },
): () => void {
  return combine(
    draggable({
      element,
      getInitialData: () => data,
      onDragStart: () => onDragged(true),
      onDrop: () => onDragged(false),
    }),
    dropTargetForElements({
      element,
      canDrop: ({ source }) => isCard(source.data),
      getIsSticky: () => true,
      getData: ({ input, element }) => attachClosestEdge(data, { input, element, allowedEdges: ['top', 'bottom'] }),
      onDrag: ({ self, source }) => onEdge(source.data.id === data.id ? null : (extractClosestEdge(self.data) as Edge)),
      onDragLeave: () => onEdge(null),
      onDrop: () => onEdge(null),
    }),
  );
}

/** A column, or a lane's part of it, takes cards at its end. */
function dropColumn(element: HTMLElement, data: { columnId: string; lane: string }, onOver: (isOver: boolean) => void): () => void {
  return dropTargetForElements({
    element,
    canDrop: ({ source }) => isCard(source.data),
    getData: () => data,
    onDragEnter: () => onOver(true),
    onDragLeave: () => onOver(false),
    onDrop: () => onOver(false),
  });
}

/** Scrolls when a card is held near its edges. */
const scrollWhileDragging = (element: HTMLElement): (() => void) =>
  autoScrollForElements({ element, canScroll: ({ source }) => isCard(source.data) });

/** Tells where a card was dropped, and scrolls the board. */
function watchDrops(board: HTMLElement, onDrop: (from: Spot, to: Place, lane: string) => void): () => void {
  return combine(
    scrollWhileDragging(board),
    monitorForElements({
      canMonitor: ({ source }) => isCard(source.data),
      onDrop: ({ source, location }) => {
        const target = location.current.dropTargets[0]?.data;
        if (!target || typeof target.columnId !== 'string' || !isCard(source.data)) return;
        const edge = extractClosestEdge(target);
        const neighbour = typeof target.id === 'string' ? target.id : undefined;
        const to = {
          columnId: target.columnId,
          ...(neighbour && edge === 'top' ? { before: neighbour } : {}),
          ...(neighbour && edge === 'bottom' ? { after: neighbour } : {}),
        };
        onDrop(source.data, to, String(target.lane));
      },
    }),
  );
}

export const library = {
  combine,
  draggable,
  dropTargetForElements,
  monitorForElements,
  dragCard,
  dropColumn,
  scrollWhileDragging,
  watchDrops,
};
