import { testSecrets } from '@taskflow/testing/service';
import { testTcpProxy } from '@taskflow/testing/tcp-proxy';
import { until } from '@taskflow/testing/until';
import { afterAll, expect, it } from 'vitest';
import { start } from '../src/main.ts';
import { authStandIn, GATEWAY_KEY } from './auth-stand-in.ts';
import { testBackend } from './backend.ts';

it('is ready when it can find out who people are, and not before', async () => {
  const [auth, tasks] = await Promise.all([authStandIn(), testBackend()]);
  const { proxy, url } = await testTcpProxy(auth.url);
  await proxy.close();
  const gateway = await start({
    PORT: '0',
    OPERATIONS_PORT: '0',
    LOG_LEVEL: 'fatal',
    DRAIN_SECONDS: '0',
    SECRETS_DIR: testSecrets({ 'gateway-api-key': GATEWAY_KEY }),
    AUTH_URL: url,
    TASKS_URL: tasks.url,
  });
  afterAll(() => gateway.shutdown());
  await gateway.open();
  await until(() => gateway.health.failing.includes('auth'));

  const status = await fetch(gateway.url);
  expect(status.status).toBe(503);
  expect(await status.json()).toMatchObject({ service: 'gateway', status: 'starting', failing: ['auth'] });
  for (const path of ['/health', '/openapi.json', '/docs', '/tasks/x']) {
    const answer = await fetch(`${gateway.url}${path}`);
    expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '1']);
  }
  expect((await fetch(`${gateway.operationsUrl}/readyz`)).status).toBe(503);
  expect((await fetch(`${gateway.operationsUrl}/livez`)).status).toBe(200);

  await proxy.open();
  await until(async () => (await fetch(gateway.url)).ok, { ms: 5000 });
  auth.accounts.set('s', { sub: 'u', sid: 's', sv: 1 });
  const bearer = { authorization: `Bearer ${await auth.token()}` };
  for (const headers of [bearer, { cookie: 'taskflow=s' }]) {
    expect((await fetch(`${gateway.url}/tasks/x`, { headers })).status).toBe(200);
  }
  auth.revoke({ kind: 'session', subject: 's' });
  auth.accounts.delete('s');
  await until(async () => (await fetch(`${gateway.url}/tasks/x`, { headers: { cookie: 'taskflow=s' } })).status === 401);
});
