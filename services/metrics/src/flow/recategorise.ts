import type { ColumnCategory } from '@taskflow/contracts/events';
import type { Transaction } from '@taskflow/postgres/database';
import { Ledger } from './ledger.ts';
import { enter, type Progress, UNSEEN } from './task.ts';
import { loadTasks } from './tasks.ts';

const CHUNK = 2000;

/**
 * A column means something else now, and did so all along: who calls "Shipped" done after a month wants the month's work
 * counted. Tells the story of every task that ever was in the column anew, in chunks.
 */
export async function recategorise(tx: Transaction, columnId: string, categories: Map<string, ColumnCategory>): Promise<void> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const found = await tx<Array<{ task_id: string }>>`
      select distinct task_id from visits where column_id = ${columnId} and task_id > ${after} order by task_id limit ${CHUNK}`;
    const ids = found.map(({ task_id }) => task_id);
    if (ids.length === 0) return;
    const tasks = await loadTasks(tx, ids);
    const progress = await retell(tx, ids, categories);
    const ledger = new Ledger();
    for (const task of tasks.values()) {
      const { startedAt, doneAt } = progress.get(task.id) as Progress;
      ledger.change(task, { ...task, startedAt, doneAt, category: categories.get(task.columnId) as ColumnCategory });
    }
    await ledger.write(tx);
    after = ids.at(-1) as string;
  }
}

async function retell(tx: Transaction, taskIds: string[], categories: Map<string, ColumnCategory>): Promise<Map<string, Progress>> {
  const visits = await tx<Array<{ task_id: string; column_id: string; entered_at: Date }>>`
    select task_id, column_id, entered_at from visits where task_id = any(${taskIds}::uuid[]) order by task_id, number`;
  const progress = new Map<string, Progress>();
  for (const { task_id, column_id, entered_at } of visits) {
    const before = progress.get(task_id) ?? UNSEEN;
    progress.set(task_id, enter(before, categories.get(column_id) as ColumnCategory, entered_at.getTime()));
  }
  return progress;
}
