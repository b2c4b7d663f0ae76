import { randomUUID } from 'node:crypto';
import type { StatusAnswer, TargetStatus } from '@taskflow/contracts/metrics';
import { beforeAll, describe, expect, it } from 'vitest';
import { startMetrics } from './metrics-service.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Names of targets must not meet: the tests share a database. */
const newTarget = () => `target-${randomUUID().slice(0, 8)}`;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

let metrics: Awaited<ReturnType<typeof startMetrics>>;
beforeAll(async () => {
  metrics = await startMetrics();
});

async function status(target: string, query = ''): Promise<TargetStatus | undefined> {
  const answer = await metrics.read<StatusAnswer>(`/metrics/status${query}`);
  return answer.targets.find((status) => status.target === target);
}
const observation = (target: string, state: string, at = ago(0), more = {}) => ({ target, at, state, latencyMs: 4, count: 1, ...more });

describe('POST /internal/health-reports', () => {
  it('204: shows in the status', async () => {
    const target = newTarget();
    expect((await metrics.postHealth({ observations: [observation(target, 'up')] })).status).toBe(204);
    expect(await status(target)).toMatchObject({ state: 'up', latencyMs: 4, uptime: { day: 100, week: 100, month: 100, quarter: 100 } });
  });

  it('204: the same report again changes nothing', async () => {
    const target = newTarget();
    const report = { id: randomUUID(), observations: [observation(target, 'up'), observation(target, 'down', ago(5 * HOUR))] };
    await metrics.postHealth(report);
    const before = await status(target);
    expect((await metrics.postHealth(report)).status).toBe(204);
    expect(await status(target)).toEqual(before);
    const [row] = await metrics.sql`select sum(up + down)::int as probes from health_minutes where target = ${target}`;
    expect(row?.probes).toBe(2);
  });

  it('400 for what is no report', async () => {
    expect((await metrics.postHealth({ observations: [] })).status).toBe(400);
    expect((await metrics.postHealth({ observations: [observation('x', 'sideways')] })).status).toBe(400);
  });

  it('401 without the key of the tasks pod', async () => {
    expect((await metrics.postHealth({ observations: [observation('x', 'up')] }, 'gateway-key')).status).toBe(401);
  });
});

describe('GET /metrics/status', () => {
  it('401 without a token', async () => {
    expect((await fetch(`${metrics.server.url}/metrics/status`)).status).toBe(401);
  });

  it('400 for an impossible history', async () => {
    expect((await metrics.get('/metrics/status?days=100000')).status).toBe(400);
  });
});
