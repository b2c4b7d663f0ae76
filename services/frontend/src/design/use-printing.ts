import { useSyncExternalStore } from 'react';

const print = matchMedia('print');

/** Whether the page is drawn on paper, where nothing scrolls: everything has to be there. */
export const usePrinting = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      print.addEventListener('change', listener);
      return () => print.removeEventListener('change', listener);
    },
    () => print.matches,
  );
