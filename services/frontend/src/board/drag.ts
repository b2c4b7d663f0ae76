import { useSyncExternalStore } from 'react';
import type { Place } from '../changes/change.ts';

/*
 * Drag and drop by mouse and touch, on the browser's own (Atlassian's pragmatic-drag-and-drop). The library is fetched once the
 * board is drawn, since nobody drags before.
 */

type Library = typeof import('./drag-library.ts')['library'];
export type Edge = 'top' | 'bottom' | null;

let library: Library | undefined;
let isLoading = false;
const listeners = new Set<() => void>();

export function useDragAndDrop(): Library | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      if (!isLoading) {
        isLoading = true;
        void import('./drag-library.ts').then((loaded) => {
          library = loaded.library;
          for (const tell of listeners) tell();
        });
      }
      return () => void listeners.delete(listener);
    },
    () => library,
  );
}

interface CardData extends Record<string | symbol, unknown> {
  id: string;
  columnId: string;
}

const isCard = (data: Record<string | symbol, unknown>): data is CardData =>
  typeof data.id === 'string' && typeof data.columnId === 'string';

/** Makes a card something to drag, and something to drop another one before or after. */
export function dragCard(
  { combine, draggable, dropTargetForElements, attachClosestEdge, extractClosestEdge }: Library,
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

/** A column takes cards at its end, and scrolls when one is held near its edges. */
export function dropColumn(
  { combine, dropTargetForElements, autoScrollForElements }: Library,
  column: HTMLElement,
  list: HTMLElement,
  columnId: string,
  onOver: (isOver: boolean) => void,
): () => void {
  return combine(
    dropTargetForElements({
      element: column,
      canDrop: ({ source }) => isCard(source.data),
      getData: () => ({ columnId }),
      onDragEnter: () => onOver(true),
      onDragLeave: () => onOver(false),
      onDrop: () => onOver(false),
    }),
    autoScrollForElements({ element: list, canScroll: ({ source }) => isCard(source.data) }),
  );
}

/** Tells where a card was dropped, and scrolls the board sideways. */
export function watchDrops(
  { combine, monitorForElements, autoScrollForElements, extractClosestEdge }: Library,
  board: HTMLElement,
  onDrop: (id: string, to: Place) => void,
): () => void {
  return combine(
    autoScrollForElements({ element: board, canScroll: ({ source }) => isCard(source.data) }),
    monitorForElements({
      canMonitor: ({ source }) => isCard(source.data),
      onDrop: ({ source, location }) => {
        const target = location.current.dropTargets[0]?.data;
        if (!target || typeof target.columnId !== 'string') return;
        const edge = extractClosestEdge(target);
        const neighbour = typeof target.id === 'string' ? target.id : undefined;
        onDrop(source.data.id as string, {
          columnId: target.columnId,
          ...(neighbour && edge === 'top' ? { before: neighbour } : {}),
          ...(neighbour && edge === 'bottom' ? { after: neighbour } : {}),
        });
      },
    }),
  );
}
