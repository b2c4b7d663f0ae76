import { testTcpProxy } from '@taskflow/testing/tcp-proxy';
import { until } from '@taskflow/testing/until';
import { expect, it, vi } from 'vitest';
import { authStandIn } from './auth-stand-in.ts';
import { testGateway } from './gateway.ts';

const auth = await authStandIn();
const { proxy, url: AUTH_URL } = await testTcpProxy(auth.url);
const { gateway, url } = await testGateway({ AUTH_URL });
const warn = vi.spyOn(gateway.log, 'warn');
const error = vi.spyOn(gateway.log, 'error');
const call = async (headers: Record<string, string>) => {
  const answer = await fetch(`${url}/tasks/x`, { headers });
  await answer.text();
  return answer;
};

/** Somebody whose credential the gateway has not seen yet. */
function stranger() {
  const claims = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), sv: 1 };
  auth.accounts.set(claims.sid, claims);
  return { cookie: `taskflow=${claims.sid}` };
}

it('lets people in again soon after auth is back, and has made no noise meanwhile', async () => {
  const bearer = { authorization: `Bearer ${await auth.token()}` };
  const known = stranger();
  for (const headers of [known, bearer]) expect((await call(headers)).status).toBe(200);
  const { now } = performance;
  let ahead = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + ahead);

  for (const outage of [1, 2]) {
    await proxy.close(); // to its clients as when the process is killed
    const begin = performance.now();
    while (performance.now() < begin + 1000) {
      const answer = await call(stranger());
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    ahead += 10_000; // long enough for revocations to have been missed
    expect((await call(known)).status).toBe(503);
    expect((await call(bearer)).status).toBe(503);
    const said = warn.mock.calls.map(([, message]) => message as unknown);
    expect(said.filter((message) => message === 'who people are cannot be found out')).toHaveLength(outage);
    expect(said.filter((message) => message === 'revocations cannot be followed')).toHaveLength(outage);

    await proxy.open();
    const back = performance.now();
    const settled = [known, bearer, stranger()].map(async (headers) => {
      await until(async () => (await call(headers)).status === 200);
      return performance.now() - back;
    });
    const waits = await Promise.all(settled);
    expect(Math.max(...waits)).toBeLessThan(2500);
  }
  expect(error).not.toHaveBeenCalled();
  clock.mockRestore();
});
