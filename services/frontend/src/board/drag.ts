import { useSyncExternalStore } from 'react';

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
