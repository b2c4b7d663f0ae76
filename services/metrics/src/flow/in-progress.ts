import type { Sql } from '@taskflow/postgres/database';
import type { percentiles } from './durations.ts';

const MOST_TASKS = 200;

interface Row {
  id: string;
  human_id: string;
  title: string;
  column_id: string;
  started_at: Date;
}

/** Tasks in active columns, the longest under way first, each beside the cycle times of the past. */
export async function tasksInProgress(sql: Sql, projectId: string, cycleTime: ReturnType<typeof percentiles>, now: number) {
  const [[count], rows] = await Promise.all([
    sql<[{ tasks: number }]>`
      select coalesce(sum(change), 0)::int as tasks
      from flow_days
      join columns on columns.id = flow_days.column_id
      where flow_days.project_id = ${projectId} and columns.category = 'active'`,
    sql<Row[]>`
      select id, human_id, title, column_id, started_at
      from tasks
      where project_id = ${projectId} and category = 'active' and not deleted
      order by started_at, id
      limit ${MOST_TASKS}`,
  ]);
  const oldest = rows.map(({ id, human_id, title, column_id, started_at }) => {
    const ageSeconds = Math.max(0, Math.floor((now - started_at.getTime()) / 1000));
    const beyond = (['p95', 'p85', 'p50'] as const).find((rank) => cycleTime && ageSeconds > cycleTime[rank]) ?? null;
    return { id, humanId: human_id, title, columnId: column_id, startedAt: started_at.toISOString(), ageSeconds, beyond };
  });
  return { tasks: count.tasks, oldest };
}
