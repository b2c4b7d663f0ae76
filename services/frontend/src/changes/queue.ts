import type { Task } from '@taskflow/contracts/tasks';
import { ApiProblem, isTemporary } from '../api/problem.ts';
import { type Change, inverse, type Place, rebase } from './change.ts';

export interface QueueOptions {
  send: (change: Change) => Promise<Task | undefined>;
  /** the answer, before the change stops being drawn over it */
  accept: (change: Change, task: Task | undefined) => void;
  /** will not be carried out: it is no longer shown by now */
  refused: (change: Change, error: unknown) => void;
  /** somebody else changed the same in the meantime */
  conflict: (change: Change, current: Task, fields: string[]) => void;
  /** told of all changes that wait, whenever they are others */
  keep?: (changes: readonly Change[]) => void;
  wait?: (milliseconds: number) => Promise<void>;
}

export interface QueueState {
  /** in the order in which they were made */
  changes: readonly Change[];
  /** nothing can be sent at the moment; it is tried again */
  isWaiting: boolean;
}

const PAUSE_MS = { first: 1000, most: 15_000 };

/**
 * Changes that are shown already and still have to reach the server: one after the other within a project, since places are
 * relative to other cards. While the server is out of reach they wait, and go out in their order.
 */
export class ChangeQueue {
  readonly #options: QueueOptions;
  readonly #listeners = new Set<() => void>();
  readonly #busy = new Set<string>();
  readonly #settled = new Map<string, Array<(result: Result | undefined) => void>>();
  readonly #results = new Map<string, Result>();
  /** id of a change → id of the one that took its place, such as after a merge */
  readonly #successors = new Map<string, string>();
  #wake: () => void = () => {};
  #state: QueueState = { changes: [], isWaiting: false };

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get state(): QueueState {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Goes on with what stopped when the session ended. */
  start(): void {
    for (const projectId of new Set(this.#state.changes.map((change) => change.projectId))) void this.#work(projectId);
  }

  submit(...changes: Change[]): void {
    this.#set([...this.#state.changes, ...changes]);
    for (const projectId of new Set(changes.map((change) => change.projectId))) void this.#work(projectId);
  }

  /** The network is back: no need to wait any longer. */
  retryNow(): void {
    this.#wake();
  }

  /** The change that takes another one back, whether that is carried out by now or not; undefined when it was refused. */
  takeBack(first: string): Change | undefined {
    const id = this.#latest(first);
    const result = this.#results.get(id);
    if (result) return inverse(result.change, result);
    const waiting = this.#state.changes.find((change) => change.id === id);
    return waiting && { ...inverse(waiting, waiting), undoes: id };
  }

  /** What became of a change, once it is carried out; undefined when it was refused. */
  result(first: string): Promise<Result | undefined> {
    const id = this.#latest(first);
    const known = this.#results.get(id);
    if (known || !this.#state.changes.some((change) => change.id === id)) return Promise.resolve(known);
    return new Promise((resolve) => this.#settled.set(id, [...(this.#settled.get(id) ?? []), resolve]));
  }

  /** Forgets what waits: whoever signs out takes it along. */
  clear(): void {
    this.#set([]);
  }

  #latest(id: string): string {
    const next = this.#successors.get(id);
    return next === undefined ? id : this.#latest(next);
  }

  async #work(projectId: string): Promise<void> {
    if (this.#busy.has(projectId)) return;
    this.#busy.add(projectId);
    let pause = PAUSE_MS.first;
    for (let next = this.#first(projectId); next; next = this.#first(projectId)) {
      try {
        await this.#carryOut(next);
        pause = PAUSE_MS.first;
        this.#setWaiting(false);
      } catch (error) {
        this.#setWaiting(true);
        // Whoever signs in next says whether these are theirs, see start.
        if (error instanceof ApiProblem && error.status === 401) {
          this.#busy.delete(projectId);
          return;
        }
        await this.#pause(pause);
        pause = Math.min(pause * 2, PAUSE_MS.most);
      }
    }
    this.#busy.delete(projectId);
    if (this.#busy.size === 0) this.#setWaiting(false);
  }

  #first = (projectId: string): Change | undefined => this.#state.changes.find((change) => change.projectId === projectId);

  /** @throws what is temporary, or when nobody is signed in; everything else ends the change */
  async #carryOut(change: Change): Promise<void> {
    try {
      const task = await this.#options.send(change);
      this.#finish(change, task, task?.version ?? change.version + 1);
    } catch (error) {
      const isUnsettled = error instanceof ApiProblem && (error.status === 401 || IN_PROGRESS.has(error.code));
      if (isUnsettled || isTemporary(error)) throw error;
      // An answer that got lost: it is gone, as was wanted.
      const isGone = change.kind === 'delete' && error instanceof ApiProblem && error.status === 404;
      if (isGone) return this.#finish(change, undefined, change.version + 1);
      const current = error instanceof ApiProblem && error.status === 412 ? (error.current as Task | undefined) : undefined;
      if (current) return this.#settleConflict(change, current);
      const elsewhere = error instanceof ApiProblem && error.code === 'no_such_neighbour' ? withOtherNeighbour(change) : undefined;
      if (elsewhere) return this.#replace(change, elsewhere);
      this.#drop(change);
      this.#options.refused(change, error);
    }
  }

  #settleConflict(change: Change, current: Task): void {
    const rebased = rebase(change, current);
    if ('conflict' in rebased) {
      this.#options.accept(change, current);
      if (rebased.rest) this.#replace(change, rebased.rest);
      else this.#drop(change);
      this.#options.conflict(change, current, rebased.conflict);
    } else if (rebased.done) {
      this.#finish(change, current, current.version);
    } else {
      this.#replace(change, rebased.change);
    }
  }

  #finish(change: Change, task: Task | undefined, version: number): void {
    this.#options.accept(change, task);
    const result = { taskId: task?.id ?? change.taskId, version, change };
    const rest = this.#state.changes
      .filter(({ id }) => id !== change.id)
      .map((other) => (other.taskId === change.taskId && other.version === change.version ? { ...other, version } : other))
      .map((other) => (result.taskId === change.taskId ? other : withId(other, change.taskId, result.taskId)))
      // Now it is known what was carried out, perhaps merged with what somebody else did: that is what is taken back.
      .map((other) => (other.undoes === change.id ? { ...inverse(change, result), id: other.id } : other));
    this.#results.set(change.id, result);
    for (const oldest of [...this.#results.keys()].slice(0, -MOST_RESULTS)) this.#results.delete(oldest);
    this.#set(rest);
    this.#tell(change.id, result);
  }

  #replace(change: Change, next: Change): void {
    this.#successors.set(change.id, next.id);
    const waiting = this.#settled.get(change.id);
    this.#settled.delete(change.id);
    if (waiting) this.#settled.set(next.id, waiting);
    const undoes = (other: Change): Change => (other.undoes === change.id ? { ...other, undoes: next.id } : other);
    this.#set(this.#state.changes.map((other) => (other.id === change.id ? next : undoes(other))));
  }

  /** Without it there is nothing to take back either. */
  #drop(change: Change): void {
    this.#set(this.#state.changes.filter(({ id }) => id !== change.id));
    this.#tell(change.id, undefined);
    const undoing = this.#state.changes.find(({ undoes }) => undoes === change.id);
    if (undoing) this.#drop(undoing);
  }

  #tell(id: string, result: Result | undefined): void {
    for (const resolve of this.#settled.get(id) ?? []) resolve(result);
    this.#settled.delete(id);
  }

  #pause(milliseconds: number): Promise<void> {
    const wait = this.#options.wait ?? ((time) => new Promise<void>((resolve) => setTimeout(resolve, time)));
    return Promise.race([wait(milliseconds), new Promise<void>((resolve) => (this.#wake = resolve))]);
  }

  #setWaiting(isWaiting: boolean): void {
    if (this.#state.isWaiting === isWaiting) return;
    this.#state = { ...this.#state, isWaiting };
    for (const listener of this.#listeners) listener();
  }

  #set(changes: readonly Change[]): void {
    this.#state = { ...this.#state, changes };
    this.#options.keep?.(changes);
    for (const listener of this.#listeners) listener();
  }
}

export interface Result {
  taskId: string;
  version: number;
  /** as it was carried out, perhaps merged with what somebody else did */
  change: Change;
}

/** What the server is still busy with, or asks to be sent again. */
const IN_PROGRESS = new Set(['idempotency_in_progress', 'conflict']);
const MOST_RESULTS = 500;

/** A change that speaks of a task which has got its real id. */
function withId(change: Change, from: string, to: string): Change {
  const place = (at: Place): Place => ({ ...at, before: at.before === from ? to : at.before, after: at.after === from ? to : at.after });
  const renamed = change.taskId === from ? { ...change, taskId: to } : change;
  return renamed.kind === 'move' ? { ...renamed, to: place(renamed.to), from: place(renamed.from) } : renamed;
}

function withOtherNeighbour(change: Change): Change | undefined {
  if (change.kind !== 'move') return undefined;
  const { columnId, before, after } = change.to;
  if (before === undefined && after === undefined) return undefined;
  const to: Place = before !== undefined && after !== undefined ? { columnId, after } : { columnId };
  return { ...change, id: crypto.randomUUID(), to };
}
