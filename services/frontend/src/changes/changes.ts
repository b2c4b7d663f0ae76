import type { Task } from '@taskflow/contracts/tasks';
import { useMemo, useSyncExternalStore } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { createTask, deleteTask, moveTask, patchTask, restoreTask } from '../api/tasks.ts';
import { keepTask } from '../data/keep.ts';
import { announce } from '../design/announce.ts';
import { explain } from '../design/explain.ts';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';
import { forgetTyped, keepTyped } from '../task/draft.ts';
import type { Change, Fields } from './change.ts';
import { type Conflict, openConflict } from './conflicts.ts';
import { KeptChanges } from './kept-changes.ts';
import { ChangeQueue, type QueueState } from './queue.ts';

function send(change: Change): Promise<Task | undefined> {
  switch (change.kind) {
    case 'patch':
      return patchTask(change.taskId, change.to, change.version);
    case 'move': {
      const { columnId, before, after } = change.to;
      const neighbour = before !== undefined ? { before } : after !== undefined ? { after } : {};
      return moveTask(change.taskId, { columnId, ...neighbour, ...(change.force ? { force: true } : {}) }, change.version);
    }
    case 'create':
      return createTask(change.projectId, change.body, change.id);
    case 'delete':
      return deleteTask(change.taskId, change.version).then(() => undefined);
    case 'restore':
      return restoreTask(change.taskId, change.version);
  }
}

const PAGE = 'taskflow.page';
/** For browsers without locks, which cannot tell whether a page is still there: the same through a reload. */
function pageOfTab(): string {
  const page = sessionStorage.getItem(PAGE) ?? crypto.randomUUID();
  sessionStorage.setItem(PAGE, page);
  return page;
}

const locks = navigator.locks as LockManager | undefined;
const kept = new KeptChanges(localStorage, locks, locks ? crypto.randomUUID() : pageOfTab(), (changes) => queue.submit(...changes));
const queue: ChangeQueue = new ChangeQueue({
  send,
  accept: keepTask,
  refused: sayRefused,
  conflict: sayConflict,
  keep: (changes) => kept.keep(changes),
});

addEventListener('online', () => queue.retryNow());
addEventListener('storage', ({ key, newValue }) => newValue !== null && kept.heard(key));
addEventListener('beforeunload', (event) => {
  if (queue.state.isWaiting) event.preventDefault();
});

let owner: string | undefined;

/** Goes on with what waits, if it is this person's: nobody sends what somebody else did. */
export function beginChanges(userId: string): void {
  if (owner !== undefined && owner !== userId) {
    location.reload(); // theirs stay kept for them
    return;
  }
  if (owner === undefined) kept.begin(userId);
  owner = userId;
  queue.start();
}

/** One act of a person: what Ctrl-Z takes back. */
interface Act {
  label: string;
  changes: Change[];
}

const MOST_UNDO = 100;
let undoable: Act[] = [];
let redoable: Act[] = [];

/** Shows the changes at once, sends them, and offers to take them back. */
export function act(label: string, ...changes: Change[]): void {
  if (changes.length === 0) return;
  undoable = [...undoable.slice(1 - MOST_UNDO), { label, changes }];
  redoable = [];
  queue.submit(...changes);
  showToast({ text: label, action: { label: t('change.undo'), run: undo } });
}

export function undo(): void {
  const back = takeBackLast(undoable);
  if (!back) return;
  redoable.push(back);
  say(t('change.undone', { what: back.label }));
}

export function redo(): void {
  const again = takeBackLast(redoable);
  if (!again) return;
  undoable.push(again);
  say(again.label);
}

/** What was refused is passed over: there is nothing of it to take back. */
function takeBackLast(acts: Act[]): Act | undefined {
  for (let last = acts.pop(); last; last = acts.pop()) {
    const back = takeBack(last);
    if (back) return back;
  }
  return undefined;
}

function takeBack({ label, changes }: Act): Act | undefined {
  const back = changes.toReversed().flatMap(({ id }) => queue.takeBack(id) ?? []);
  if (back.length === 0) return undefined;
  // Of several changes of one task the last one's version is what all of them made of it.
  const versions = new Map<string, number>();
  for (const { taskId, version } of back) versions.set(taskId, Math.max(version, versions.get(taskId) ?? 0));
  for (const change of back) change.version = versions.get(change.taskId)!;
  queue.submit(...back);
  return { label, changes: back };
}

function say(text: string): void {
  showToast({ text });
  announce(text);
}

export const forgetChanges = (): void => {
  owner = undefined;
  queue.clear();
  [undoable, redoable] = [[], []];
};

/** A refusal is seen: the change is gone from the screen, this says why, and where it helps one can insist. */
function sayRefused(change: Change, error: unknown): void {
  if (change.kind === 'create' && change.typed !== undefined) keepTyped(change.projectId, change.typed);
  if (error instanceof ApiProblem && error.code === 'wip_limit_reached') {
    const insist = () => {
      if (change.kind === 'create' && change.typed !== undefined) forgetTyped(change.projectId, change.typed);
      act(t('change.edited', { name: nameOf(change) }), { ...change, id: crypto.randomUUID(), ...forced(change) } as Change);
    };
    showToast({ tone: 'bad', text: t('change.wipLimit', { name: nameOf(change) }), action: { label: t('change.anyway'), run: insist } });
    return;
  }
  const reason =
    error instanceof ApiProblem && error.status < 500 && error.status !== 404 && error.status !== 403 ? error.message : explain(error);
  showToast({ tone: 'bad', text: t('change.refused', { name: nameOf(change), reason }) });
}

const forced = (change: Change) => (change.kind === 'create' ? { body: { ...change.body, force: true } } : { force: true });
const nameOf = (change: Change): string => change.name || (change.kind === 'create' ? change.body.title : '');

function sayConflict(change: Change, current: Task, fields: string[]): void {
  if (change.kind === 'patch') {
    openConflict({ change, current, fields } as Conflict);
    return;
  }
  const again = () =>
    act(t('change.edited', { name: change.name }), { ...change, id: crypto.randomUUID(), version: current.version } as Change);
  showToast({ tone: 'bad', text: t('change.overtaken', { name: change.name }), action: { label: t('change.anyway'), run: again } });
}

/** What one decided to keep of one's own change, on top of what somebody else made of the task. */
export function resolveConflict({ change, current }: Conflict, to: Fields): void {
  const from = Object.fromEntries(Object.keys(to).map((field) => [field, current[field as keyof Task]])) as Fields;
  if (Object.keys(to).length === 0) return;
  act(t('change.edited', { name: current.humanId }), { ...change, id: crypto.randomUUID(), version: current.version, to, from });
}

const useQueue = (): QueueState => useSyncExternalStore(queue.subscribe, () => queue.state);

/** Changes of a project that are still under way, to be drawn over what the server said. */
export function useProjectChanges(projectId: string): Change[] {
  const { changes } = useQueue();
  return useMemo(() => changes.filter((change) => change.projectId === projectId), [changes, projectId]);
}

/** All changes that are still under way. */
export const useChanges = (): readonly Change[] => useQueue().changes;

/** How many changes wait for the server to be reachable again. */
export function useWaitingChanges(): number {
  const { changes, isWaiting } = useQueue();
  return isWaiting ? changes.length : 0;
}
