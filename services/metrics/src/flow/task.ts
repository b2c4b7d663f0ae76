import type { ColumnCategory } from '@taskflow/contracts/events';
import { roundDuration } from './durations.ts';

/** Where a task is in the flow. Times are milliseconds since the epoch. */
export interface TaskState {
  id: string;
  projectId: string;
  humanId: string;
  title: string;
  columnId: string;
  category: ColumnCategory;
  createdAt: number;
  changedAt: number;
  startedAt: number | null;
  doneAt: number | null;
  visits: number;
  version: number;
  deleted: boolean;
}

export interface Progress {
  category: ColumnCategory | undefined;
  startedAt: number | null;
  doneAt: number | null;
}

export const UNSEEN: Progress = { category: undefined, startedAt: null, doneAt: null };

/**
 * What entering a column of this category means. The clock starts at the first entry to an active column and stops at
 * done; going on from one done column to another does not stop it again, and leaving done (reopening) makes it run on.
 * A task first seen in done (imported, or noted afterwards) did not flow: it counts neither as work done nor for times.
 */
export function enter(before: Progress, category: ColumnCategory, at: number): Progress {
  const startedAt = before.startedAt ?? (category === 'active' ? at : null);
  if (category !== 'done') return { category, startedAt, doneAt: null };
  const flowed = before.category !== undefined && before.category !== 'done';
  return { category, startedAt, doneAt: flowed ? at : before.doneAt };
}

export interface Completion {
  at: number;
  /** rounded seconds from the first entry to an active column; null when it had none */
  cycleSeconds: number | null;
  /** rounded seconds from creation */
  leadSeconds: number;
}

/** What a task counts as in throughput and times; nothing while it is open or deleted. */
export function completion({ doneAt, startedAt, createdAt, deleted }: TaskState): Completion | null {
  if (deleted || doneAt === null) return null;
  return { at: doneAt, ...durations({ doneAt, startedAt, createdAt }) };
}

export function durations({ doneAt, startedAt, createdAt }: { doneAt: number; startedAt: number | null; createdAt: number }) {
  return {
    cycleSeconds: startedAt === null ? null : roundDuration((doneAt - startedAt) / 1000),
    leadSeconds: roundDuration((doneAt - createdAt) / 1000),
  };
}
