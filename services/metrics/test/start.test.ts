import { testDatabase, testService } from '@taskflow/testing/service';
import { expect, it } from 'vitest';
import { start } from '../src/main.ts';

it('becomes ready', async () => {
  const server = await testService(start, { secrets: { 'database-url': await testDatabase('metrics') } });
  expect(await (await fetch(server.url)).json()).toMatchObject({ service: 'metrics', status: 'ready' });
  expect((await fetch(`${server.operationsUrl}/readyz`)).status).toBe(200);
});
