import type { CreateTask, PatchTask, Task } from '@taskflow/contracts/tasks';
import type { Card } from './apply.ts';

/** Where a card stands. Both neighbours are kept: one of them may be gone by the time the move is carried out. */
export interface Place {
  columnId: string;
  before?: string | undefined;
  after?: string | undefined;
}

interface About {
  /** also the key under which a repeated request is carried out once */
  id: string;
  projectId: string;
  taskId: string;
  /** what people call the task; empty for one that is still to be created */
  name: string;
  /** of the task as it was seen when the change was made */
  version: number;
  /** the change, still under way, that this one takes back */
  undoes?: string;
}

/** What went from the board with a deleted task, so that taking it back shows at once. */
interface Taken {
  card: Card;
  place: Place;
}

export type Fields = Omit<PatchTask, 'columnId'>;

export type Change = About &
  (
    | { kind: 'patch'; to: Fields; from: Fields }
    | { kind: 'move'; to: Place; from: Place; force?: boolean }
    | { kind: 'create'; body: CreateTask; typed?: string }
    | { kind: 'delete'; taken?: Taken | undefined }
    | { kind: 'restore'; taken?: Taken | undefined }
  );

/** A task on the board that the server does not know yet. */
export const isTemporaryId = (taskId: string): boolean => taskId.startsWith('new:');

export const sameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/**
 * The change that takes another one back. The second argument is what that one made of the task: whoever changed it since then is not
 * overwritten unasked.
 */
export function inverse(change: Change, { taskId, version }: { taskId: string; version: number }): Change {
  const about = { id: crypto.randomUUID(), projectId: change.projectId, name: change.name, taskId, version };
  switch (change.kind) {
    case 'patch':
      return { ...about, kind: 'patch', to: change.from, from: change.to };
    case 'move':
      return { ...about, kind: 'move', to: change.from, from: change.to, force: true };
    case 'create':
      return { ...about, kind: 'delete' };
    case 'restore':
      return { ...about, kind: 'delete', taken: change.taken };
    case 'delete':
      return { ...about, kind: 'restore', taken: change.taken };
  }
}

export type Rebased = { done: true } | { done: false; change: Change } | { conflict: string[]; rest?: Change };

/**
 * The same change on top of a version made by somebody else in the meantime. Fields that only one of the two touched merge;
 * people and labels that one added or removed do as well. What both changed differently is a conflict; `rest` is what is none.
 */
export function rebase(change: Change, current: Task): Rebased {
  const again = { ...change, id: crypto.randomUUID(), version: current.version };
  if (change.kind === 'move') {
    return current.columnId === change.from.columnId || current.columnId === change.to.columnId
      ? { done: false, change: again }
      : { conflict: ['columnId'] };
  }
  if (change.kind === 'restore') return { done: false, change: again };
  if (change.kind !== 'patch') return { conflict: [] };
  const to: Record<string, unknown> = {};
  const from: Record<string, unknown> = {};
  const conflict: string[] = [];
  for (const field of Object.keys(change.to) as Array<keyof Fields>) {
    const [mine, before, theirs] = [change.to[field], change.from[field], current[field]];
    if (sameValue(mine, theirs)) continue;
    const merged = sameValue(before, theirs) ? mine : mergeSets(before, mine, theirs);
    if (merged === undefined) conflict.push(field);
    else [to[field], from[field]] = [merged, theirs];
  }
  const rest = Object.keys(to).length > 0 ? ({ ...again, kind: 'patch', to, from } as Change) : undefined;
  if (conflict.length > 0) return rest ? { conflict, rest } : { conflict };
  return rest ? { done: false, change: rest } : { done: true };
}

function mergeSets(before: unknown, mine: unknown, theirs: unknown): unknown[] | undefined {
  if (!Array.isArray(mine) || !Array.isArray(theirs)) return undefined;
  const was = new Set(Array.isArray(before) ? before : []);
  const removed = new Set([...was].filter((item) => !mine.includes(item)));
  return [...new Set([...theirs, ...mine.filter((item) => !was.has(item))])].filter((item) => !removed.has(item));
}
