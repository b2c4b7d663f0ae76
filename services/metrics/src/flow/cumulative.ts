import type { ColumnCategory } from '@taskflow/contracts/events';
import type { Sql } from '@taskflow/postgres/database';
import { dayRange } from './days.ts';
import type { Period } from './period.ts';

const BEFORE = 'before';

interface ColumnRow {
  id: string;
  name: string;
  category: ColumnCategory;
  deleted: boolean;
}

/** Tasks in each column and category at the end of each day. */
export async function cumulativeFlow(sql: Sql, period: Period) {
  const [columns, changes] = await Promise.all([readColumns(sql, period.projectId), readChanges(sql, period)]);
  const days = dayRange(period.from, period.to);
  const categories: Record<ColumnCategory, number[]> = { todo: days.map(() => 0), active: days.map(() => 0), done: days.map(() => 0) };
  const series = columns.map((column) => {
    const ofColumn = changes.get(column.id);
    let level = ofColumn?.get(BEFORE) ?? 0;
    const tasks = days.map((day, index) => {
      level += ofColumn?.get(day) ?? 0;
      categories[column.category][index]! += level;
      return level;
    });
    return { ...column, tasks };
  });
  return { columns: series.filter(({ deleted, tasks }) => !deleted || tasks.some((count) => count !== 0)), categories };
}

/** Tasks of the project that are not done now. */
export async function openTasks(sql: Sql, projectId: string): Promise<number> {
  const [row] = await sql<[{ tasks: number }]>`
    select coalesce(sum(change), 0)::int as tasks
    from flow_days
    join columns on columns.id = flow_days.column_id
    where flow_days.project_id = ${projectId} and columns.category <> 'done'`;
  return row.tasks;
}

function readColumns(sql: Sql, projectId: string): Promise<ColumnRow[]> {
  return sql<ColumnRow[]>`
    select id, name, category, deleted from columns where project_id = ${projectId} order by deleted, position, id`;
}

/** column → day → change: what was before the first day by UTC days and quarters, then by quarters, each of which lies in one day. */
async function readChanges(sql: Sql, { projectId, begin, end, timeZone }: Period): Promise<Map<string, Map<string, number>>> {
  const rows = await sql<Array<{ column_id: string; day: string; change: number }>>`
    select column_id, ${BEFORE} as day, sum(change)::int as change
    from (
      select column_id, change
      from flow_days
      where project_id = ${projectId} and day < date_trunc('day', ${begin}::timestamptz, 'UTC')
      union all
      select column_id, change
      from flow_quarters
      where project_id = ${projectId} and quarter >= date_trunc('day', ${begin}::timestamptz, 'UTC') and quarter < ${begin}
    ) as past
    group by column_id
    union all
    select column_id, to_char(quarter at time zone ${timeZone}, 'YYYY-MM-DD'), sum(change)::int
    from flow_quarters
    where project_id = ${projectId} and quarter >= ${begin} and quarter < ${end}
    group by 1, 2`;
  const changes = new Map<string, Map<string, number>>();
  for (const { column_id, day, change } of rows) {
    const ofColumn = changes.get(column_id) ?? new Map<string, number>();
    changes.set(column_id, ofColumn.set(day, change));
  }
  return changes;
}
