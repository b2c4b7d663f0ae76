import { once } from 'node:events';
import type { HealthDocument } from '@taskflow/contracts/gateway';
import { until } from '@taskflow/testing/until';
import { expect, it } from 'vitest';
import { testGateway } from './gateway.ts';

const { url, gateway, auth, tasks, notifications, metrics } = await testGateway();
const backends = { auth, tasks, notifications, metrics };

function answerWith(name: keyof typeof backends, status: number, body: unknown) {
  backends[name].handle = (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

for (const name of Object.keys(backends) as Array<keyof typeof backends>)
  answerWith(name, 200, { service: name, version: '1', status: 'ready' });

it('is 200 when every service is ready, and 503 with the state of each otherwise', async () => {
  const ready = await fetch(`${url}/health`);
  expect(ready.status).toBe(200);
  expect(ready.headers.get('cache-control')).toBe('no-store');
  expect(await ready.json()).toEqual({
    status: 'ready',
    services: Object.fromEntries(Object.keys(backends).map((name) => [name, { status: 'ready', version: '1' }])),
  });
  answerWith('tasks', 503, { service: 'tasks', version: '1', status: 'unavailable', failing: ['database'] });
  answerWith('metrics', 200, 'nonsense');
  notifications.handle = (request) => request.socket.destroy();
  const answer = await until(
    async () => {
      const asked = await fetch(`${url}/health`);
      return asked.status === 503 ? asked : undefined;
    },
    { ms: 3000 },
  );
  expect(await answer.json()).toEqual({
    status: 'unavailable',
    services: {
      auth: { status: 'ready', version: '1' },
      tasks: { status: 'unavailable', version: '1', failing: ['database'] },
      notifications: { status: 'unreachable' },
      metrics: { status: 'unreachable' },
    },
  });
  expect((await fetch(`${gateway.operationsUrl}/readyz`)).status).toBe(200); // the gateway itself is well
});

it('asks the services at most once a second, however many ask it', async () => {
  const before = auth.requests.length;
  await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/health`)));
  expect(auth.requests.length - before).toBeLessThanOrEqual(1);
});

it('does not wait for one that hangs', async () => {
  const hanging = new Promise((resolve) => {
    tasks.handle = (_request, response) => resolve(once(response, 'close'));
  });
  const tasksNow = async () => ((await (await fetch(`${url}/health`)).json()) as HealthDocument).services.tasks?.status;
  await until(async () => (await tasksNow()) === 'unreachable', { ms: 4000 });
  await hanging;
});
