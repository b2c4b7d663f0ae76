import type { Task } from '@taskflow/contracts/tasks';
import { searchTasks } from '../api/tasks.ts';
import { timeZone } from '../i18n/dates.ts';

/** What a day's list can have and still be read. */
const MOST = 400;

/** Everything open that is assigned to me, by its due date. */
export async function myTasks(signal: AbortSignal): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor: string | undefined;
  do {
    const page = await searchTasks('assignee:me is:open', timeZone(), 200, signal, cursor);
    tasks.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor && tasks.length < MOST);
  return tasks.sort((a, b) => (a.dueDate ?? '~').localeCompare(b.dueDate ?? '~'));
}
