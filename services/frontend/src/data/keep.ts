import type { Task } from '@taskflow/contracts/tasks';
import { mergeTask, removeTask } from '../changes/apply.ts';
import type { Change } from '../changes/change.ts';
import { boardQuery, taskQuery } from './queries.ts';
import { queryClient } from './query-client.ts';

/** Puts what the server answered to a change wherever the task is kept. */
export function keepTask(change: Change, task: Task | undefined): void {
  const { queryKey } = boardQuery(change.projectId);
  if (!task) {
    const deleted = { version: change.version + 1, deletedAt: new Date().toISOString() };
    queryClient.setQueryData(taskQuery(change.taskId).queryKey, (known) => known && { ...known, ...deleted });
    queryClient.setQueryData(queryKey, (board) => board && removeTask(board, change.taskId));
    return;
  }
  queryClient.setQueryData(queryKey, (board) => board && mergeTask(board, task));
  queryClient.setQueryData(taskQuery(task.id).queryKey, (known) => (known && known.version > task.version ? known : task));
  void queryClient.invalidateQueries({ queryKey: ['search'] });
}
