import type { FlowAnswer } from '@taskflow/contracts/metrics';
import { connect, type Sql } from '@taskflow/postgres/database';
import { expect, it } from 'vitest';
import { startMetrics } from './metrics-service.ts';
import { SimulatedTasks } from './simulated-tasks.ts';

const DAY = 86_400_000;
/** Those that grow with every task or every event, and are not bounded by retention of figures. */
const GROWING = [
  'tasks',
  'visits',
  'events',
  'flow_quarters',
  'flow_days',
  'completed_quarters',
  'completed_durations',
  'health_minutes',
  'request_counts',
];
const TASKS = Number(process.env.SCALE_TASKS ?? 5_000);

/**
 * Writes two years of history straight into the tables of a project and of thirty small ones: as many tasks as asked for, with
 * the sums over them. Nearly all of it is done, as in a project of age.
 */
async function writeHistory(sql: Sql, projectId: string, columns: string[]): Promise<void> {
  for (const tasks of [TASKS, ...Array(30).fill(500)]) {
    const id = tasks === TASKS ? projectId : crypto.randomUUID();
    await sql`
      insert into tasks (id, project_id, human_id, title, column_id, category, created_at, changed_at, started_at, done_at,
        cycle_seconds, lead_seconds, visits, version, deleted)
      select gen_random_uuid(), ${id}, 'ENG-' || n, 'Task ' || n, ${columns[2]!}, case when n % 100 = 0 then 'active' else 'done' end,
        done - interval '9 days', done, done - make_interval(secs => n % 500000), case when n % 100 = 0 then null else done end,
        case when n % 100 = 0 then null else (n % 500000) / 4096 * 4096 end, case when n % 100 = 0 then null else 786432 end, 3, 3, false
      from generate_series(1, ${tasks}) as n,
        lateral (select now() - interval '1 hour' - n * interval '730 days' / ${tasks} as done) as d`;
  }
  await sql`
    insert into visits (task_id, number, column_id, entered_at)
    select id, number, (${columns}::uuid[])[number], changed_at from tasks, generate_series(1, 3) as number where project_id = ${projectId}`;
  await sql`
    insert into flow_quarters (project_id, quarter, column_id, change)
    select project_id, date_bin('15 minutes', changed_at, '2000-01-01Z'), entered, count(*) from tasks, unnest(${columns}::uuid[]) as entered group by 1, 2, 3`;
  await sql`
    insert into flow_days (project_id, day, column_id, change)
    select project_id, date_trunc('day', quarter, 'UTC'), column_id, sum(change) from flow_quarters group by 1, 2, 3`;
  await sql`
    insert into completed_quarters (project_id, quarter, tasks)
    select project_id, date_bin('15 minutes', done_at, '2000-01-01Z'), count(*) from tasks where done_at is not null group by 1, 2`;
  await sql`
    insert into completed_durations (project_id, day, measure, seconds, tasks)
    select project_id, date_trunc('day', done_at, 'UTC'), measure, case measure when 'cycle' then cycle_seconds else lead_seconds end, count(*)
    from tasks, unnest(array['cycle', 'lead']) as measure
    where done_at is not null
    group by 1, 2, 3, 4`;
  await sql`
    insert into health_minutes (target, minute, checker, up, degraded, down, latency_sum, latency_max)
    select target, date_trunc('minute', now()) - make_interval(mins => n), 'c', 1, 0, 0, 1, 1
    from generate_series(1, 5000) as n, unnest(array['auth', 'tasks', 'metrics']) as target`;
  await sql`
    insert into request_counts (resolution, start, target, status_class, requests, sum_ms, max_ms)
    select 'minute', date_trunc('minute', now()) - make_interval(mins => n), target, 2, 1, 1, 1
    from generate_series(1, 5000) as n, unnest(array['auth', 'tasks', 'metrics']) as target`;
  await sql`insert into events (id) select gen_random_uuid() from generate_series(1, 5000)`;
  await sql`analyze`;
}

it('never reads a growing table from end to end', { timeout: 120_000 }, async () => {
  const { server, sql, databaseUrl, read, postEvents, postHealth, postRequests } = await startMetrics();
  const world = new SimulatedTasks(Date.now() - DAY);
  const project = world.createProject();
  expect((await postEvents(world.events.splice(0))).status).toBe(204);
  const columns = project.snapshot.columns.map(({ id }) => id);
  const writer = connect({ url: databaseUrl, service: 'test', connections: 1, statementTimeout: 600_000 });
  await writeHistory(writer, project.snapshot.id, columns);
  await writer.end(); // a closed connection has handed in its statistics
  const scans = async () => {
    const rows = await sql<Array<{ table: string; scans: number }>>`
      select relname as table, seq_scan::int as scans from pg_stat_user_tables where relname = any(${GROWING})`;
    return Object.fromEntries(rows.map((row) => [row.table, row.scans]));
  };
  const before = await scans();

  const claims = { admin: true, workspaces: { [world.workspaceId]: 'member' as const } };
  const day = (ago: number) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);
  const timings: Record<string, number> = {};
  const timed = async <T>(what: string, path: string) => {
    const begin = performance.now();
    const answer = await read<T>(path, claims);
    timings[what] = Math.round(performance.now() - begin);
    return answer;
  };
  const flow = `/metrics/projects/${project.snapshot.id}/flow`;
  const season = await timed<FlowAnswer>('90 days', `${flow}?timeZone=Asia/Kathmandu`);
  expect(season.leadTime.tasks).toBeGreaterThan(TASKS / 10);
  await timed('a year', `${flow}?from=${day(365)}&timeZone=America/Havana`);
  await timed('a year ago', `${flow}?from=${day(729)}&to=${day(500)}&timeZone=Europe/Berlin`);
  await timed('status', '/metrics/status');
  await timed('requests', '/metrics/requests');
  const task = world.createTask(project);
  world.moveTask(project, task, 1);
  world.moveTask(project, task, 2);
  expect((await postEvents(world.events)).status).toBe(204);
  const now = new Date().toISOString();
  await postHealth({ observations: [{ target: 'auth', at: now, state: 'up', latencyMs: 1, count: 1 }] });
  await postRequests({ from: now, to: now, routes: [{ target: 'auth', method: 'GET', status: 200, count: 1, sumMs: 1, maxMs: 1 }] });
  if (process.env.SCALE_TASKS) console.info(timings);

  await server.shutdown();
  expect(await scans()).toEqual(before);
});
