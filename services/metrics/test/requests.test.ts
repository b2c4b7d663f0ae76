import { randomUUID } from 'node:crypto';
import type { RequestsAnswer } from '@taskflow/contracts/metrics';
import { beforeAll, describe, expect, it } from 'vitest';
import { startMetrics } from './metrics-service.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const newTarget = () => `target-${randomUUID().slice(0, 8)}`;
const iso = (time: number) => new Date(time).toISOString();

let metrics: Awaited<ReturnType<typeof startMetrics>>;
beforeAll(async () => {
  metrics = await startMetrics();
});

const route = (target: string, status: number, count: number, sumMs = count, maxMs = 1) => ({
  target,
  method: 'GET',
  status,
  count,
  sumMs,
  maxMs,
});
async function read(query: Record<string, string>): Promise<RequestsAnswer> {
  return metrics.read<RequestsAnswer>(`/metrics/requests?${new URLSearchParams(query)}`, { admin: true });
}

describe('POST /internal/requests', () => {
  it('204: adds up over gateways, and by target and status class', async () => {
    const target = newTarget();
    const start = Math.floor((Date.now() - 3 * HOUR) / HOUR) * HOUR;
    const [from, to] = [iso(start + 10_000), iso(start + 20_000)];
    await metrics.postRequests({
      from,
      to,
      routes: [route(target, 200, 6, 60, 30), route(target, 204, 3, 30, 12), route(target, 503, 1, 500, 500)],
    });
    await metrics.postRequests({ gateway: 'other', from, to, routes: [route(target, 404, 10, 10, 2)] });
    const { targets } = await read({ target, from: iso(start), to: iso(start + MINUTE) });
    const minute = { start: iso(start), requests: 20, perSecond: 20 / 60, errorRatio: 0.05, latencyMs: { mean: 30, max: 500 } };
    expect(targets).toEqual([
      {
        target,
        requests: 20,
        perSecond: 20 / 60,
        errorRatio: 0.05,
        latencyMs: { mean: 30, max: 500 },
        statuses: [
          { class: '2xx', requests: 9, perSecond: 9 / 60, latencyMs: { mean: 10, max: 30 } },
          { class: '4xx', requests: 10, perSecond: 10 / 60, latencyMs: { mean: 1, max: 2 } },
          { class: '5xx', requests: 1, perSecond: 1 / 60, latencyMs: { mean: 500, max: 500 } },
        ],
        periods: [minute],
      },
    ]);
    for (const resolution of ['hour', 'day']) {
      const coarse = await read({ target, from: iso(start), to: iso(start + HOUR), resolution });
      expect(coarse.targets[0]).toMatchObject({ requests: 20, errorRatio: 0.05, latencyMs: { mean: 30, max: 500 } });
    }
  });

  it('204: the same report again changes nothing', async () => {
    const target = newTarget();
    const body = { id: randomUUID(), from: iso(Date.now() - 20_000), to: iso(Date.now()), routes: [route(target, 200, 7)] };
    const answers = await Promise.all([1, 2, 3].map(() => metrics.postRequests(body)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await read({ target })).targets[0]?.requests).toBe(7);
  });

  it('204: spreads a long report over its minutes and loses none of it', async () => {
    const target = newTarget();
    const start = Math.floor((Date.now() - HOUR) / MINUTE) * MINUTE;
    await metrics.postRequests({ from: iso(start + 30_000), to: iso(start + 3 * MINUTE), routes: [route(target, 200, 101, 1010, 40)] });
    const { targets } = await read({ target, resolution: 'minute' });
    expect(targets[0]).toMatchObject({ requests: 101, latencyMs: { mean: 10, max: 40 } });
    expect(targets[0]?.periods.map(({ start: at, requests }) => [Date.parse(at), requests])).toEqual([
      [start, 20],
      [start + MINUTE, 40],
      [start + 2 * MINUTE, 41],
    ]);
  });

  it('204: a report without length or with its ends swapped counts once', async () => {
    const target = newTarget();
    const at = Date.now() - MINUTE;
    await metrics.postRequests({ from: iso(at), to: iso(at), routes: [route(target, 200, 2)] });
    await metrics.postRequests({ from: iso(at + 10), to: iso(at), routes: [route(target, 200, 3)] });
    expect((await read({ target })).targets[0]?.requests).toBe(5);
  });

  it('204: an empty report', async () => {
    expect((await metrics.postRequests({ from: iso(0), to: iso(1), routes: [] })).status).toBe(204);
  });

  it('400 for what is no report, 401 without the key of the gateway', async () => {
    expect((await metrics.postRequests({ from: 'yesterday', to: iso(0), routes: [] })).status).toBe(400);
    expect((await metrics.postRequests({ from: iso(0), to: iso(1), routes: [] }, 'tasks-key')).status).toBe(401);
  });
});

describe('GET /metrics/requests', () => {
  it('200: chooses a resolution for the period', async () => {
    const to = Date.now();
    const resolution = async (length: number) => (await read({ from: iso(to - length), to: iso(to) })).resolution;
    expect(await resolution(2 * HOUR)).toBe('minute');
    expect(await resolution(48 * HOUR)).toBe('hour');
    expect(await resolution(60 * 24 * HOUR)).toBe('day');
  });

  it('400 for a resolution there is none of', async () => {
    expect((await metrics.get('/metrics/requests?resolution=week', { admin: true })).status).toBe(400);
  });

  it('401 without a token, 403 for anybody but administrators of the installation', async () => {
    expect((await fetch(`${metrics.server.url}/metrics/requests`)).status).toBe(401);
    expect((await metrics.get('/metrics/requests', { workspaces: { [randomUUID()]: 'owner' } })).status).toBe(403);
  });

  it('422 for a period that ends before it begins, or has too many periods', async () => {
    const get = (query: Record<string, string>) => metrics.get(`/metrics/requests?${new URLSearchParams(query)}`, { admin: true });
    expect((await get({ from: iso(2000), to: iso(1000) })).status).toBe(422);
    expect((await get({ from: iso(0), to: iso(Date.now()), resolution: 'minute' })).status).toBe(422);
  });
});
