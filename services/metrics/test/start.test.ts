import { expect, it } from 'vitest';
import { startMetrics } from './metrics-service.ts';

it('becomes ready', async () => {
  const { server } = await startMetrics();
  expect(await (await fetch(server.url)).json()).toMatchObject({ service: 'metrics', status: 'ready' });
  expect((await fetch(`${server.operationsUrl}/readyz`)).status).toBe(200);
});
