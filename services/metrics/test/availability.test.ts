import { randomUUID } from 'node:crypto';
import type { StatusAnswer, TargetStatus } from '@taskflow/contracts/metrics';
import { beforeAll, describe, expect, it } from 'vitest';
import { startMetrics } from './metrics-service.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Names of targets must not meet: the tests share a database. */
const newTarget = () => `target-${randomUUID().slice(0, 8)}`;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const minuteOf = (at: string) => new Date(Math.floor(Date.parse(at) / MINUTE) * MINUTE).toISOString();
const observation = (target: string, state: string, at = ago(0), more = {}) => ({ target, at, state, latencyMs: 4, count: 1, ...more });

let metrics: Awaited<ReturnType<typeof startMetrics>>;
beforeAll(async () => {
  metrics = await startMetrics({ STALE_SECONDS: '120' });
});

async function report(observations: object[], checker = 'tasks-1'): Promise<void> {
  expect((await metrics.postHealth({ checker, observations })).status).toBe(204);
}

async function status(target: string, { query = '', admin = false } = {}) {
  const answer = await metrics.read<StatusAnswer>(`/metrics/status${query}`, { admin });
  return {
    ...(answer.targets.find((candidate) => candidate.target === target) as TargetStatus),
    incidents: answer.incidents.filter((incident) => incident.target === target),
  };
}

/** Figures of all resolutions, however they came about. */
async function figures(target: string) {
  const { sql } = metrics;
  return {
    minutes: await sql`select minute, checker, up, degraded, down, latency_sum from health_minutes where target = ${target} order by 1, 2`,
    hours: await sql`select hour, up, degraded, down, available, latency_sum from health_hours where target = ${target} order by 1`,
    days: await sql`select day, up, degraded, down, available from health_days where target = ${target} order by 1`,
    trouble: await sql`select minute, state from health_trouble where target = ${target} order by 1`,
  };
}

describe('POST /internal/health-reports', () => {
  it('204: shows in the status', async () => {
    const target = newTarget();
    await report([observation(target, 'up')]);
    expect(await status(target)).toMatchObject({ state: 'up', latencyMs: 4, uptime: { day: 100, week: 100, month: 100, quarter: 100 } });
  });

  it('204: the same report again changes nothing, at the same time neither', async () => {
    const target = newTarget();
    const body = { id: randomUUID(), observations: [observation(target, 'up'), observation(target, 'down', ago(5 * HOUR))] };
    const answers = await Promise.all(Array.from({ length: 5 }, () => metrics.postHealth(body)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
    const [row] = await metrics.sql`select sum(up + down)::int as probes from health_minutes where target = ${target}`;
    expect(row?.probes).toBe(2);
  });

  it('204: late and out of order, reports end in the right minutes and the same sums', async () => {
    const [inOrder, shuffled] = [newTarget(), newTarget()];
    const times = [50 * HOUR, 49 * HOUR, 26 * HOUR, 25 * HOUR + 30_000, 25 * HOUR, HOUR, 0].map(ago);
    const states = ['up', 'down', 'degraded', 'up', 'down', 'up', 'up'];
    for (const index of [0, 1, 2, 3, 4, 5, 6]) await report([observation(inOrder, states[index]!, times[index]!)]);
    for (const index of [4, 6, 0, 2, 5, 1, 3]) await report([observation(shuffled, states[index]!, times[index]!)]);
    expect(await figures(shuffled)).toEqual(await figures(inOrder));
    const { minutes } = await figures(shuffled);
    expect(minutes.map(({ minute }) => minute.toISOString())).toEqual([...new Set(times.map(minuteOf))].sort());
    expect((await status(shuffled)).state).toBe('up');
  });

  it('204: reports at the same time are all summed up', async () => {
    const target = newTarget();
    const at = ago(3 * HOUR);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        report([observation(target, 'up', new Date(Date.parse(at) + index * 1000).toISOString())], `c${index}`),
      ),
    );
    const [day] = await metrics.sql`select sum(answered)::int as answered from health_days where target = ${target}`;
    expect(day?.answered).toBe(20);
  });

  it('204: an older word does not replace a newer one', async () => {
    const target = newTarget();
    await report([observation(target, 'up')]);
    await report([observation(target, 'down', ago(MINUTE))]);
    expect((await status(target)).state).toBe('up');
  });

  it('204: what is older than minutes are kept is left out and counted, and the rest is taken', async () => {
    const target = newTarget();
    await report([observation(target, 'down', ago(8 * DAY)), observation(target, 'up')]);
    expect((await figures(target)).minutes).toHaveLength(1);
    const text = await (await fetch(`${metrics.server.operationsUrl}/metrics`)).text();
    expect(text).toMatch(/^taskflow_observations_too_late_total\{.*\} 1$/m);
  });

  it('204: a checker whose clock is ahead reports on now', async () => {
    const target = newTarget();
    await report([observation(target, 'up', new Date(Date.now() + DAY).toISOString())]);
    const { lastSeen } = await status(target);
    expect(Date.parse(lastSeen as string)).toBeLessThanOrEqual(Date.now());
  });

  it('204: a summary counts as the probes it stands for', async () => {
    const target = newTarget();
    await report([observation(target, 'up', ago(0), { count: 30, latencyMs: 2 }), observation(target, 'up', ago(0), { latencyMs: 33 })]);
    const { hours } = await status(target);
    expect(hours.at(-1)?.latencyMs).toEqual({ mean: 3, max: 33 });
  });

  it('400 for what is no report', async () => {
    expect((await metrics.postHealth({ observations: [] })).status).toBe(400);
    expect((await metrics.postHealth({ observations: [observation('x', 'sideways')] })).status).toBe(400);
    expect((await metrics.postHealth({ id: 'x', observations: [observation('x', 'up')] })).status).toBe(400);
  });

  it('401 without the key of the tasks pod', async () => {
    expect((await metrics.postHealth({ observations: [observation('x', 'up')] }, 'gateway-key')).status).toBe(401);
  });
});

describe('GET /metrics/status', () => {
  it('200: unknown when nobody reports any more, and before', async () => {
    const target = newTarget();
    await report([observation(target, 'up', ago(5 * MINUTE))]);
    const { state, days, hours, latencyMs } = await status(target, { query: '?days=3&hours=2' });
    expect(state).toBe('unknown');
    expect(latencyMs).toBeNull();
    expect(hours).toHaveLength(2);
    expect(days).toHaveLength(3);
    expect(days[0]).toMatchObject({
      state: 'unknown',
      uptime: null,
      minutes: { up: 0, degraded: 0, down: 0 },
      latencyMs: { mean: null, max: null },
    });
  });

  it('200: up for one checker and down for another is degraded; each has one vote a minute, however often it probes', async () => {
    const target = newTarget();
    const at = ago(0);
    await report([observation(target, 'up', at, { count: 50 })], 'tasks-1');
    await report([observation(target, 'down', at, { count: 2, error: 'ECONNREFUSED 10.0.0.7' })], 'tasks-2');
    const { state, uptime, days } = await status(target);
    expect(state).toBe('degraded');
    expect(uptime.day).toBe(50);
    expect(days.at(-1)).toMatchObject({ state: 'degraded', minutes: { up: 0, degraded: 1, down: 0 } });
  });

  it('200: down only when no checker gets through; one that went silent has no say', async () => {
    const target = newTarget();
    await report([observation(target, 'up', ago(10 * MINUTE))], 'tasks-old');
    await report([observation(target, 'down')], 'tasks-1');
    await report([observation(target, 'down')], 'tasks-2');
    expect((await status(target)).state).toBe('down');
  });

  it('200: uptime is a share of the reported minutes, rounded down', async () => {
    const target = newTarget();
    const start = Math.floor((Date.now() - 2 * HOUR) / HOUR) * HOUR;
    const minute = (index: number, state: string) => observation(target, state, new Date(start + index * MINUTE).toISOString());
    await report([minute(0, 'up'), minute(1, 'down'), minute(2, 'degraded')]);
    const { hours } = await status(target);
    expect(hours.find((hour) => hour.start === new Date(start).toISOString())).toMatchObject({
      state: 'down',
      uptime: 66.666,
      minutes: { up: 1, degraded: 1, down: 1 },
    });
  });

  it('200: incidents join minutes of trouble that lie close together; they end when the target is up', async () => {
    const target = newTarget();
    const start = Math.floor((Date.now() - 3 * HOUR) / MINUTE) * MINUTE;
    const iso = (minute: number) => new Date(start + minute * MINUTE).toISOString();
    await report([0, 3, 4, 30].map((minute) => observation(target, minute === 3 ? 'down' : 'degraded', iso(minute))));
    await report([observation(target, 'down', ago(0), { error: 'timeout' })]);
    const { incidents } = await status(target);
    expect(incidents).toMatchObject([
      { state: 'down', endedAt: null, minutes: 1 },
      { state: 'degraded', startedAt: iso(30), endedAt: iso(31), minutes: 1 },
      { state: 'down', startedAt: iso(0), endedAt: iso(5), minutes: 3 },
    ]);
    await report([observation(target, 'up')]);
    expect((await status(target)).incidents[0]?.endedAt).not.toBeNull();
  });

  it('200: a minute that a late report explains is no trouble any more', async () => {
    const target = newTarget();
    const at = ago(HOUR);
    await report([observation(target, 'degraded', at)], 'tasks-1');
    expect((await status(target)).incidents).toHaveLength(1);
    await metrics.sql`delete from health_minutes where target = ${target}`;
    await report([observation(target, 'up', at)], 'tasks-2');
    expect((await status(target)).incidents).toHaveLength(0);
  });

  it('200: only administrators of the installation see error texts', async () => {
    const target = newTarget();
    await report([observation(target, 'down', ago(0), { error: 'ECONNREFUSED 10.0.0.7:5001' })]);
    expect(JSON.stringify(await status(target))).not.toContain('10.0.0.7');
    const seen = await status(target, { admin: true });
    expect(seen.error).toBe('ECONNREFUSED 10.0.0.7:5001');
    expect(seen.incidents[0]?.error).toBe('ECONNREFUSED 10.0.0.7:5001');
  });

  it('304 for what the client already has', async () => {
    const first = await metrics.get('/metrics/status?hours=1&days=1');
    expect(first.headers.get('cache-control')).toBe('private, max-age=5');
    const etag = first.headers.get('etag') as string;
    expect((await metrics.get('/metrics/status?hours=1&days=1', {}, { 'if-none-match': etag })).status).toBe(304);
  });

  it('400 for an impossible history', async () => {
    expect((await metrics.get('/metrics/status?days=100000')).status).toBe(400);
    expect((await metrics.get('/metrics/status?hours=0')).status).toBe(400);
  });

  it('401 without a token, 403 with one that may not read', async () => {
    expect((await fetch(`${metrics.server.url}/metrics/status`)).status).toBe(401);
    expect((await metrics.get('/metrics/status', { scopes: ['write'] })).status).toBe(403);
  });
});

it('exports states and age of reports for Prometheus', async () => {
  const target = newTarget();
  await report([observation(target, 'degraded', ago(30_000))]);
  const text = await (await fetch(`${metrics.server.operationsUrl}/metrics`)).text();
  const value = (name: string, labels: string) => {
    const line = text
      .split('\n')
      .find((candidate) => candidate.startsWith(name) && candidate.includes(`target="${target}"`) && candidate.includes(labels));
    return Number(line?.split(' ').at(-1));
  };
  expect(value('taskflow_target_state', 'state="degraded"')).toBe(1);
  expect(value('taskflow_target_state', 'state="up"')).toBe(0);
  expect(value('taskflow_target_report_age_seconds', '')).toBeGreaterThanOrEqual(30);
});
