import type { Task } from '@taskflow/contracts/tasks';
import { useSyncExternalStore } from 'react';
import type { Change } from './change.ts';

/** Two people changed the same fields differently. */
export interface Conflict {
  change: Extract<Change, { kind: 'patch' }>;
  current: Task;
  fields: string[];
}

let conflicts: readonly Conflict[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Conflict[]): void {
  conflicts = next;
  for (const listener of listeners) listener();
}

export const openConflict = (conflict: Conflict): void => set([...conflicts, conflict]);
export const closeConflict = (conflict: Conflict): void => set(conflicts.filter((other) => other !== conflict));

export const useConflict = (): Conflict | undefined =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => conflicts[0],
  );
