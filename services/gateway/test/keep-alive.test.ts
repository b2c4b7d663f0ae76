import type { Socket } from 'node:net';
import { until } from '@taskflow/testing/until';
import { expect, it } from 'vitest';
import { testGateway } from './gateway.ts';

const { url, tasks } = await testGateway();

it('closes an idle connection long before the service does, so that no request meets a closing one', async () => {
  tasks.server.keepAliveTimeout = 75_000; // as packages/http has it; node tells it to the client
  const post = () => fetch(`${url}/tasks/x`, { method: 'POST' });
  expect((await post()).status).toBe(200);
  const connection: Socket = tasks.requests.at(-1)!.socket;
  await until(() => connection.readableEnded || connection.destroyed, { what: 'closing by the gateway' });
  expect((await post()).status).toBe(200);
  expect(tasks.requests.at(-1)!.socket).not.toBe(connection);
});

it('sends a POST on a new connection when the service has closed the idle one', async () => {
  for (let round = 0; round < 20; round++) {
    expect((await fetch(`${url}/tasks/x`, { method: 'POST', body: 'x' })).status).toBe(200);
    tasks.server.closeIdleConnections();
  }
});
