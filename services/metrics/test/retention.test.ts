import { randomUUID } from 'node:crypto';
import { testDatabase, testSecrets } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { start } from '../src/main.ts';
import { removeOld } from '../src/retention.ts';
import { startMetrics } from './metrics-service.ts';

const AGES = { KEEP_MINUTES: 7, KEEP_HOURS: 90, KEEP_DAYS: 730, KEEP_IDS: 30 };

async function fill(sql: Awaited<ReturnType<typeof startMetrics>>['sql']): Promise<void> {
  await sql`
    insert into health_minutes (target, minute, checker, up, degraded, down, latency_sum, latency_max)
    select 'x', date_trunc('minute', now() - make_interval(days => d)), 'c', 1, 0, 0, 1, 1 from generate_series(0, 1000) as d`;
  await sql`
    insert into health_latest (target, checker, at, state, latency_ms)
    select 'x', 'c' || d, now() - make_interval(days => d), 'up', 1 from generate_series(0, 1000) as d`;
  for (const [table, column] of [
    ['health_hours', 'hour'],
    ['health_days', 'day'],
  ] as const) {
    await sql`
      insert into ${sql(table)} (target, ${sql(column)}, up, degraded, down, available, answered, latency_sum, latency_max)
      select 'x', now() - make_interval(days => d), 1, 0, 0, 1, 1, 1, 1 from generate_series(0, 1000) as d`;
  }
  await sql`insert into health_trouble (target, minute, state) select 'x', now() - make_interval(days => d), 'down' from generate_series(0, 1000) as d`;
  await sql`
    insert into request_counts (resolution, start, target, status_class, requests, sum_ms, max_ms)
    select resolution, now() - make_interval(days => d), 'x', 2, 1, 1, 1
    from generate_series(0, 1000) as d, unnest(array['minute', 'hour', 'day']) as resolution`;
  for (const table of ['health_reports', 'request_reports', 'events']) {
    await sql`insert into ${sql(table)} (id, received_at) select gen_random_uuid(), now() - make_interval(days => d) from generate_series(0, 1000) as d`;
  }
}

const count = async (sql: Awaited<ReturnType<typeof startMetrics>>['sql'], table: string, resolution?: string) => {
  const [row] = await sql<[{ rows: number }]>`
    select count(*)::int as rows from ${sql(table)} ${resolution ? sql`where resolution = ${resolution}` : sql``}`;
  return row.rows;
};

describe('retention', () => {
  it('removes what is older than it is kept, and nothing else', async () => {
    const { sql } = await startMetrics();
    await fill(sql);
    await removeOld(sql, AGES);
    expect({
      minutes: await count(sql, 'health_minutes'),
      latest: await count(sql, 'health_latest'),
      hours: await count(sql, 'health_hours'),
      days: await count(sql, 'health_days'),
      trouble: await count(sql, 'health_trouble'),
      requestMinutes: await count(sql, 'request_counts', 'minute'),
      requestHours: await count(sql, 'request_counts', 'hour'),
      requestDays: await count(sql, 'request_counts', 'day'),
      reports: await count(sql, 'health_reports'),
      requestReports: await count(sql, 'request_reports'),
      events: await count(sql, 'events'),
    }).toEqual({
      // today and so many days before; of minutes an hour more
      minutes: 8,
      latest: 8,
      hours: 90,
      days: 730,
      trouble: 90,
      requestMinutes: 8,
      requestHours: 90,
      requestDays: 730,
      reports: 30,
      requestReports: 30,
      events: 30,
    });
    expect(await removeOld(sql, AGES)).toBe(0);
  });

  it('is done by one replica while the others pass', async () => {
    const { sql } = await startMetrics();
    await fill(sql);
    await sql.begin(async (other) => {
      await other`select pg_advisory_xact_lock(5003)`;
      expect(await removeOld(sql, AGES)).toBe(0);
    });
    expect(await removeOld(sql, AGES)).toBeGreaterThan(0);
  });

  it('runs by itself', async () => {
    const { sql } = await startMetrics({ RETENTION_SECONDS: '1' });
    await sql`insert into events (id, received_at) values (${randomUUID()}, now() - interval '31 days')`;
    await until(async () => (await count(sql, 'events')) === 0, { what: 'removal' });
  });

  it('refuses settings under which late reports would lose hours', async () => {
    const secrets = { 'database-url': await testDatabase('metrics'), 'tasks-api-key': 'a', 'gateway-api-key': 'b' };
    const settings = {
      PORT: '0',
      OPERATIONS_PORT: '0',
      LOG_LEVEL: 'silent',
      SECRETS_DIR: testSecrets(secrets),
      KEEP_MINUTES: '30',
      KEEP_HOURS: '31',
    };
    await expect(start(settings)).rejects.toThrow('setting KEEP_HOURS is 31: expected at least two days more than KEEP_MINUTES');
  });
});
