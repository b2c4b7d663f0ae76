import type { ColumnCategory } from '@taskflow/contracts/events';
import type { Transaction } from '@taskflow/postgres/database';
import type { TaskState } from './task.ts';

interface Row {
  id: string;
  project_id: string;
  human_id: string;
  title: string;
  column_id: string;
  category: ColumnCategory;
  created_at: Date;
  changed_at: Date;
  started_at: Date | null;
  done_at: Date | null;
  visits: number;
  version: number;
  deleted: boolean;
}

export async function loadTasks(tx: Transaction, ids: string[]): Promise<Map<string, TaskState>> {
  const rows = await tx<Row[]>`
    select id, project_id, human_id, title, column_id, category, created_at, changed_at, started_at, done_at, visits, version, deleted
    from tasks
    where id = any(${ids}::uuid[])`;
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        projectId: row.project_id,
        humanId: row.human_id,
        title: row.title,
        columnId: row.column_id,
        category: row.category,
        createdAt: row.created_at.getTime(),
        changedAt: row.changed_at.getTime(),
        startedAt: row.started_at?.getTime() ?? null,
        doneAt: row.done_at?.getTime() ?? null,
        visits: row.visits,
        version: row.version,
        deleted: row.deleted,
      },
    ]),
  );
}
