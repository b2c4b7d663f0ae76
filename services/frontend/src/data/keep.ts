import type { Task } from '@taskflow/contracts/tasks';
import { mergeTask, removeTask } from '../changes/apply.ts';
import type { Change } from '../changes/change.ts';
import { boardQuery } from './queries.ts';
import { queryClient } from './query-client.ts';

/** Puts what the server answered to a change wherever the task is kept. */
export function keepTask(change: Change, task: Task | undefined): void {
  const { queryKey } = boardQuery(change.projectId);
  if (task) {
    const before = change.kind === 'restore' ? change.taken?.card : undefined;
    queryClient.setQueryData(queryKey, (board) => board && mergeTask(board, task, before));
    updateTask(task.id, (known) => (known.version > task.version ? known : task));
  } else {
    queryClient.setQueryData(queryKey, (board) => board && removeTask(board, change.taskId));
    updateTask(change.taskId, (known) => ({ ...known, version: change.version + 1, deletedAt: new Date().toISOString() }));
  }
}

/** A task may be kept under its id and under its human id. */
function updateTask(id: string, update: (known: Task) => Task): void {
  queryClient.setQueriesData<Task>(
    { queryKey: ['task'], predicate: ({ state }) => (state.data as Task | undefined)?.id === id },
    (known) => (known ? update(known) : known),
  );
}
