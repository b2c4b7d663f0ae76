import type { Sql } from '@taskflow/postgres/database';
import { dayRange, weekOf } from './days.ts';
import { type Histogram, percentiles } from './durations.ts';
import type { Period } from './period.ts';
import { durations } from './task.ts';

const MOST_POINTS = 1000;
const DAY_MS = 86_400_000;

/** Tasks completed on each day and in each week. Throughput counts a task when it last came to done. */
export async function throughput(sql: Sql, { projectId, from, to, timeZone, begin, end }: Period) {
  const rows = await sql<Array<{ day: string; tasks: number }>>`
    select to_char(quarter at time zone ${timeZone}, 'YYYY-MM-DD') as day, sum(tasks)::int as tasks
    from completed_quarters
    where project_id = ${projectId} and quarter >= ${begin} and quarter < ${end}
    group by 1`;
  const byDay = new Map(rows.map(({ day, tasks }) => [day, tasks]));
  const days = dayRange(from, to);
  const weeks = new Map<string, number>();
  for (const day of days) weeks.set(weekOf(day), (weeks.get(weekOf(day)) ?? 0) + (byDay.get(day) ?? 0));
  return {
    days: days.map((day) => byDay.get(day) ?? 0),
    weeks: [...weeks].map(([start, tasks]) => ({ start, tasks })),
  };
}

/** How long the tasks completed in the period took: whole UTC days from the sums by day, its edges from the tasks themselves. */
export async function completedDurations(sql: Sql, { projectId, begin, end }: Period) {
  const wholeDays = new Date(Math.ceil(begin.getTime() / DAY_MS) * DAY_MS);
  const wholeDaysEnd = new Date(Math.max(wholeDays.getTime(), Math.floor(end.getTime() / DAY_MS) * DAY_MS));
  const edgeEnd = wholeDays < end ? wholeDays : end;
  const rows = await sql<Array<{ measure: 'cycle' | 'lead'; seconds: number; tasks: number }>>`
    with edge as (
      select cycle_seconds, lead_seconds
      from tasks
      where project_id = ${projectId} and done_at is not null and not deleted and done_at >= ${begin} and done_at < ${edgeEnd}
      union all
      select cycle_seconds, lead_seconds
      from tasks
      where project_id = ${projectId} and done_at is not null and not deleted and done_at >= ${wholeDaysEnd} and done_at < ${end}
    )
    select measure, seconds, sum(tasks)::int as tasks
    from (
      select measure, seconds, tasks
      from completed_durations
      where project_id = ${projectId} and measure in ('cycle', 'lead')
        and day >= ${wholeDays} and day < ${wholeDaysEnd}
      union all
      select 'cycle', cycle_seconds, 1 from edge where cycle_seconds is not null
      union all
      select 'lead', lead_seconds, 1 from edge
    ) as counted
    group by measure, seconds`;
  const figures = (measure: 'cycle' | 'lead') => {
    const histogram: Histogram = new Map(rows.filter((row) => row.measure === measure).map(({ seconds, tasks }) => [seconds, tasks]));
    return { tasks: [...histogram.values()].reduce((sum, tasks) => sum + tasks, 0), percentiles: percentiles(histogram) };
  };
  return { cycleTime: figures('cycle'), leadTime: figures('lead') };
}

interface CompletedRow {
  id: string;
  human_id: string;
  title: string;
  created_at: Date;
  started_at: Date | null;
  done_at: Date;
}

/** The newest tasks completed in the period, for a scatter plot. */
export async function completedTasks(sql: Sql, { projectId, begin, end }: Period) {
  const rows = await sql<CompletedRow[]>`
    select id, human_id, title, created_at, started_at, done_at
    from tasks
    where project_id = ${projectId} and done_at is not null and not deleted
      and done_at >= ${begin} and done_at < ${end}
    order by done_at desc, id
    limit ${MOST_POINTS}`;
  return rows.map(({ id, human_id, title, created_at, started_at, done_at }) => ({
    id,
    humanId: human_id,
    title,
    doneAt: done_at.toISOString(),
    ...durations({ doneAt: done_at.getTime(), startedAt: started_at?.getTime() ?? null, createdAt: created_at.getTime() }),
  }));
}
