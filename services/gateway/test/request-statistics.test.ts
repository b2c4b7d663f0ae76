import { json } from 'node:stream/consumers';
import { RequestReport } from '@taskflow/contracts/reports';
import { until } from '@taskflow/testing/until';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { GATEWAY_KEY } from './auth-stand-in.ts';
import { testGateway } from './gateway.ts';

const { gateway, url, tasks, metrics } = await testGateway({ REPORT_SECONDS: '0.05' });
/** report id → report, as metrics keeps them: once, however often they come */
const reports = new Map<string, RequestReport>();
let status = 204;
let attempts = 0;

metrics.handle = async (request, response) => {
  if (request.url !== '/internal/requests') return response.end('{}');
  attempts++;
  expect(request.headers.authorization).toBe(`Bearer ${GATEWAY_KEY}`);
  const report = (await json(request)) as RequestReport;
  expect([...Value.Errors(RequestReport, report)]).toEqual([]);
  if (status === 204) reports.set(report.id, report);
  response.writeHead(status).end();
};

const counted = (target: string, wanted: number) =>
  [...reports.values()]
    .flatMap(({ routes }) => routes)
    .filter((route) => route.target === target && route.status === wanted)
    .reduce((sum, { count }) => sum + count, 0);

it('reports requests by service, method and status, also those that it refused itself', async () => {
  tasks.handle = (request, response) => response.writeHead(request.url === '/tasks/missing' ? 404 : 200).end();
  for (const path of ['x', 'y', 'missing']) await fetch(`${url}/tasks/${path}`);
  await fetch(`${url}/tasks/x`, { headers: { authorization: 'Bearer tf_unknown' } });
  await until(() => counted('tasks', 200) === 2 && counted('tasks', 404) === 1 && counted('tasks', 401) === 1);
  const [route] = [...reports.values()][0]!.routes;
  expect(route).toMatchObject({ target: 'tasks', method: 'GET' });
  expect(route!.maxMs).toBeGreaterThan(0);
  expect(route!.sumMs).toBeGreaterThanOrEqual(route!.maxMs);
});

it('keeps counting while metrics is away, and loses and doubles nothing', async () => {
  const before = counted('tasks', 200);
  for (status of [500, 204, 503, 204]) {
    const tried = attempts;
    for (let i = 0; i < 25; i++) await fetch(`${url}/tasks/x`);
    await until(() => attempts > tried);
  }
  await until(() => counted('tasks', 200) === before + 100);
  const periods = [...reports.values()].map(({ from, to }) => [from, to]).sort();
  for (const [i, [from]] of periods.entries()) if (i > 0) expect(from! >= periods[i - 1]![1]!).toBe(true);
});

it('reports the last ones at shutdown', async () => {
  const before = counted('tasks', 404);
  await fetch(`${url}/tasks/missing`);
  await gateway.shutdown();
  expect(counted('tasks', 404)).toBe(before + 1);
});
