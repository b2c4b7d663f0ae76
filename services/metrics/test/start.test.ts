import { expectValidOpenApi } from '@taskflow/testing/openapi';
import { expect, it } from 'vitest';
import { startMetrics } from './metrics-service.ts';

it('becomes ready', async () => {
  const { server } = await startMetrics();
  expect(await (await fetch(server.url)).json()).toMatchObject({ service: 'metrics', status: 'ready' });
  expect((await fetch(`${server.operationsUrl}/readyz`)).status).toBe(200);
});

it('describes its API in valid OpenAPI 3.1, and its pool in /metrics', async () => {
  const { server } = await startMetrics();
  await expectValidOpenApi(await (await fetch(`${server.url}/openapi.json`)).json());
  expect(await (await fetch(`${server.operationsUrl}/metrics`)).text()).toMatch(/^database_connections\{.*state="active".*\} [1-9]/m);
});
