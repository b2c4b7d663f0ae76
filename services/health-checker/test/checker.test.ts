import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetStatus } from '@taskflow/contracts/reports';
import { HealthReport } from '@taskflow/contracts/reports';
import { expectValidOpenApi } from '@taskflow/testing/openapi';
import { freePort } from '@taskflow/testing/postgres';
import { testProcess } from '@taskflow/testing/process';
import { testSecrets, testService } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import type { Static, TArray } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { start } from '../src/main.ts';
import { answer, httpTarget, metricsTarget, READY } from './targets.ts';

const MAIN = new URL('../src/main.ts', import.meta.url);

const KEY = 'test-tasks-key';
const FAST = {
  PROBE_INTERVAL_SECONDS: '0.05',
  PROBE_BACKOFF_SECONDS: '0.1',
  REPORT_INTERVAL_SECONDS: '0.05',
  REPORT_BACKOFF_SECONDS: '0.2',
  CHECKER: 'tasks-0',
  DEGRADED_ABOVE_MS: '10000',
  PROBE_TIMEOUT_SECONDS: '10',
};
type Items = Static<TArray<typeof TargetStatus>>;

const checker = (settings: Record<string, string>) =>
  testService(start, { secrets: { 'tasks-api-key': KEY }, settings: { ...FAST, ...settings } });

async function targetsOf(url: string) {
  return (await (await fetch(`${url}/targets`)).json()) as { items: Items; waiting: number };
}

async function probesMade(operationsUrl: string): Promise<number> {
  const text = await (await fetch(`${operationsUrl}/metrics`)).text();
  return [...text.matchAll(/^health_probes_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('targets', async () => {
  const target = await httpTarget(answer(200, READY));
  const gone = `http://127.0.0.1:${await freePort()}/`;
  const metrics = await metricsTarget(KEY);
  const server = await checker({ TARGETS: `metrics=${target.url},gone=${gone}`, METRICS_URL: metrics.url });

  it('are shown with their last result', async () => {
    const items = await until(async () => {
      const { items } = await targetsOf(server.url);
      return items.every(({ state }) => state !== null) ? items : undefined;
    });
    expect(items).toEqual([
      {
        name: 'metrics',
        url: target.url,
        state: 'up',
        since: expect.any(String),
        results: [expect.objectContaining({ state: 'up', count: 1 })],
      },
      {
        name: 'gone',
        url: gone,
        state: 'down',
        since: expect.any(String),
        results: [expect.objectContaining({ state: 'down', error: 'connection refused' })],
      },
    ]);
  });

  it('show when they changed, and what was before', async () => {
    const before = (await (await fetch(`${server.url}/targets/metrics`)).json()) as TargetStatus;
    target.behave(answer(503, { ...READY, status: 'unavailable', failing: ['database'] }));
    const after = await until(async () => {
      const status = (await (await fetch(`${server.url}/targets/metrics`)).json()) as TargetStatus;
      return status.state === 'degraded' ? status : undefined;
    });
    expect(Date.parse(after.since!)).toBeGreaterThan(Date.parse(before.since!));
    expect(after.results[0]).toMatchObject({ state: 'degraded', error: 'says it is unavailable: database' });
    expect(after.results.at(-1)).toMatchObject({ state: 'up' });
    target.behave(answer(200, READY));
    await until(async () => (await targetsOf(server.url)).items[0]!.state === 'up');
  });

  it('404 for one that is not there', async () => {
    expect((await fetch(`${server.url}/targets/other`)).status).toBe(404);
  });

  it('are Prometheus metrics', async () => {
    const text = await (await fetch(`${server.operationsUrl}/metrics`)).text();
    expect(text).toContain('health_target_state{target="metrics",state="up",service="health-checker"} 1');
    expect(text).toContain('health_target_state{target="gone",state="down",service="health-checker"} 1');
    expect(text).toContain('health_target_state{target="gone",state="up",service="health-checker"} 0');
    expect(text).toMatch(/health_probes_total\{target="gone",state="down",service="health-checker"\} \d+/);
    expect(text).toMatch(/health_probe_duration_seconds_count\{service="health-checker",target="metrics"\} \d+/);
  });

  it('are described', async () => {
    await expectValidOpenApi(await (await fetch(`${server.url}/openapi.json`)).json());
  });

  it('do not decide whether the checker is ready', async () => {
    expect((await fetch(`${server.operationsUrl}/readyz`)).status).toBe(200);
    expect((await fetch(server.url)).status).toBe(200);
  });

  it('that are down are asked less often', async () => {
    const spent = async (name: string) => ((await (await fetch(`${server.url}/targets/${name}`)).json()) as TargetStatus).results;
    const results = await until(async () => {
      const list = await spent('gone');
      return list.length >= 6 ? list : undefined;
    });
    const times = results.map(({ at }) => Date.parse(at)).reverse();
    // From the second failure on the wait is 100 ms (±10 %), not 50.
    const waits = times.slice(2).map((time, at) => time - times[at + 1]!);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(88);
  });
});

describe('reports', () => {
  it('reach metrics as the contract says', async () => {
    const metrics = await metricsTarget(KEY);
    const target = await httpTarget(answer(200, READY));
    await checker({ TARGETS: `auth=${target.url}`, METRICS_URL: metrics.url });
    await until(() => metrics.counted() >= 3);
    for (const report of metrics.reports.values()) {
      expect(Value.Errors(HealthReport, report)).toEqual([]);
      expect(report.checker).toBe('tasks-0');
    }
    expect(metrics.refused.count).toBe(0);
  });

  it('count everything once when metrics is away, loses answers and comes back', async () => {
    const target = await httpTarget(answer(200, READY));
    const metrics = await metricsTarget(KEY);
    const server = await checker({ TARGETS: `auth=${target.url}`, METRICS_URL: metrics.url, BUFFERED_OBSERVATIONS: '16' });
    metrics.setStatus(503);
    await until(async () => (await probesMade(server.operationsUrl)) > 40, { what: 'more probes than fit the buffer' });
    expect(metrics.refused.count).toBeGreaterThan(0);
    // 16 in the buffer, and as many in the report that is under way.
    expect((await targetsOf(server.url)).waiting).toBeLessThanOrEqual(32);
    const refused = metrics.refused.count;
    metrics.setStatus(500);
    await until(() => metrics.refused.count > refused + 1, { ms: 30_000, what: 'answers that got lost' });
    metrics.setStatus(204);
    await until(async () => (await targetsOf(server.url)).waiting === 0, { ms: 30_000 });
    await server.shutdown();
    expect(metrics.counted()).toBe(target.requests);
    const most = Math.max(...[...metrics.reports.values()].flatMap(({ observations }) => observations.map(({ count }) => count)));
    expect(most).toBeGreaterThan(1);
  });

  it('wait while the key is wrong, and go out with the new one', async () => {
    const target = await httpTarget(answer(200, READY));
    const metrics = await metricsTarget('new-key');
    const SECRETS_DIR = testSecrets({ 'tasks-api-key': KEY });
    const server = await checker({ TARGETS: `auth=${target.url}`, METRICS_URL: metrics.url, SECRETS_DIR });
    await until(() => metrics.refused.count > 0);
    expect((await targetsOf(server.url)).waiting).toBeGreaterThan(0);
    expect(metrics.reports.size).toBe(0);
    writeFileSync(join(SECRETS_DIR, 'tasks-api-key'), 'new-key');
    await until(() => metrics.counted() > 0);
  });
});

describe('as a process', () => {
  it('hands over what it has when it is told to end', async () => {
    const target = await httpTarget(answer(200, READY));
    const metrics = await metricsTarget(KEY);
    const [port, operations] = [await freePort(), await freePort()];
    const running = testProcess(MAIN, [], {
      ...FAST,
      REPORT_INTERVAL_SECONDS: '600',
      DRAIN_SECONDS: '0',
      PORT: String(port),
      OPERATIONS_PORT: String(operations),
      SECRETS_DIR: testSecrets({ 'tasks-api-key': KEY }),
      TARGETS: `auth=${target.url}`,
      METRICS_URL: metrics.url,
    });
    await until(() => target.requests >= 5, { ms: 30_000 });
    expect(metrics.reports.size).toBe(0);
    running.child.kill('SIGTERM');
    expect(await running.end).toBe(0);
    expect(metrics.counted()).toBe(target.requests);
  });

  it('logs each change of a target, once', async () => {
    const target = await httpTarget(answer(200, READY));
    const metrics = await metricsTarget(KEY);
    const running = testProcess(MAIN, [], {
      ...FAST,
      DRAIN_SECONDS: '0',
      PORT: String(await freePort()),
      OPERATIONS_PORT: String(await freePort()),
      SECRETS_DIR: testSecrets({ 'tasks-api-key': KEY }),
      TARGETS: `auth=${target.url}`,
      METRICS_URL: metrics.url,
    });
    const changes = () => [...running.out().matchAll(/"state":"(\w+)".*"msg":"a target has changed"/g)].map(([, state]) => state);
    await until(() => changes().length === 1, { ms: 30_000 });
    target.behave(answer(500, 'broken'));
    await until(() => changes().length === 2);
    target.behave(answer(200, READY));
    await until(() => changes().length === 3);
    running.child.kill('SIGTERM');
    expect(await running.end).toBe(0);
    expect(changes()).toEqual(['up', 'down', 'up']);
  });

  it('ends in time and says what is lost when metrics is away at the end', async () => {
    const target = await httpTarget(answer(200, READY));
    const running = testProcess(MAIN, [], {
      ...FAST,
      DRAIN_SECONDS: '0',
      SHUTDOWN_SECONDS: '0.5',
      PORT: String(await freePort()),
      OPERATIONS_PORT: String(await freePort()),
      SECRETS_DIR: testSecrets({ 'tasks-api-key': KEY }),
      TARGETS: `auth=${target.url}`,
      METRICS_URL: `http://127.0.0.1:${await freePort()}`,
    });
    await until(() => target.requests >= 3, { ms: 30_000 });
    const begin = performance.now();
    running.child.kill('SIGTERM');
    expect(await running.end).toBe(0);
    expect(performance.now() - begin).toBeLessThan(3000);
    expect(running.out()).toMatch(/"observations":\d+,"msg":"metrics did not take these before the end; they are lost"/);
  });

  it('after SIGKILL begins anew and reports on', async () => {
    const target = await httpTarget(answer(200, READY));
    const metrics = await metricsTarget(KEY);
    const environment = {
      ...FAST,
      PORT: String(await freePort()),
      OPERATIONS_PORT: String(await freePort()),
      SECRETS_DIR: testSecrets({ 'tasks-api-key': KEY }),
      TARGETS: `auth=${target.url}`,
      METRICS_URL: metrics.url,
    };
    const first = testProcess(MAIN, [], environment);
    await until(() => metrics.counted() >= 3, { ms: 30_000 });
    first.child.kill('SIGKILL');
    expect(await first.end).toBe('SIGKILL');
    const reported = metrics.counted();
    // Nothing that was acknowledged is counted again.
    expect(reported).toBeLessThanOrEqual(target.requests);
    const second = testProcess(MAIN, [], environment);
    await until(() => metrics.counted() > reported, { ms: 30_000 });
    second.child.kill('SIGKILL');
    await second.end;
    expect(metrics.counted()).toBeLessThanOrEqual(target.requests);
  });

  it('refuses wrong settings with one line', async () => {
    const running = testProcess(MAIN, [], { TARGETS: 'nonsense', SECRETS_DIR: testSecrets({ 'tasks-api-key': KEY }) });
    expect(await running.end).toBe(1);
    expect(running.err()).toBe(
      'setting TARGETS: nonsense does not begin with a name: expected name=http://host:port/ or name=tcp://host:port\n',
    );
  });
});
