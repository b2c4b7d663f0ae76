import { useSyncExternalStore } from 'react';

/** Milliseconds that changes may stop to arrive before anyone needs to know: most breaks are shorter. */
const UNNOTICED_MS = 8000;

let isAway = false;
let due: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function setAway(next: boolean): void {
  if (isAway === next) return;
  isAway = next;
  for (const listener of listeners) listener();
}

export function setLive(isLive: boolean): void {
  clearTimeout(due);
  if (isLive) setAway(false);
  else due = setTimeout(setAway, UNNOTICED_MS, true);
}

/** Whether other people's changes have not arrived for a while. */
export const useAway = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => isAway,
  );
