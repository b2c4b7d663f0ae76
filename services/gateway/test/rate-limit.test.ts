import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { RateLimit } from '../src/rate-limit.ts';
import { testGateway } from './gateway.ts';

describe('the algorithm', () => {
  let time = 1000;
  /** answers 200 or 429 with the fields */
  async function taker(limit: RateLimit) {
    const app = Fastify();
    app.get('/', async (request, reply) => {
      limit.take(request.headers.key as string, reply);
      return 'ok';
    });
    app.setErrorHandler((error, _request, reply) =>
      reply
        .headers((error as { headers: object }).headers as never)
        .code(429)
        .send(),
    );
    return (key = 'a') => app.inject({ url: '/', headers: { key } });
  }

  it('lets the quota through at once, then as much as time frees', async () => {
    const take = await taker(new RateLimit({ name: 'n', quota: 6, windowSeconds: 60, now: () => time }));
    for (let i = 5; i >= 0; i--) {
      const { statusCode, headers } = await take();
      expect(statusCode).toBe(200);
      expect(headers.ratelimit).toBe(`"n";r=${i};t=${(6 - i) * 10}`);
      expect(headers['ratelimit-policy']).toBe('"n";q=6;w=60');
    }
    const refused = await take();
    expect(refused.statusCode).toBe(429);
    expect(refused.headers).toMatchObject({ ratelimit: '"n";r=0;t=10', 'retry-after': '10' });
    expect((await take('b')).statusCode).toBe(200);
    time += 10_000;
    expect((await take()).statusCode).toBe(200);
    expect((await take()).statusCode).toBe(429);
    time += 60_000;
    expect((await take()).headers.ratelimit).toBe('"n";r=5;t=10');
  });

  it('never lets more than quota and rate allow through, and never less, whatever the times', async () => {
    const take = await taker(new RateLimit({ name: 'n', quota: 7, windowSeconds: 3, now: () => time }));
    const begin = time;
    let passed = 0;
    for (let i = 0; i < 2000; i++) {
      time += (i * 7919) % 40;
      if ((await take()).statusCode === 200) passed++;
    }
    const allowed = 7 + ((time - begin) * 7) / 3000;
    expect(passed).toBeLessThanOrEqual(allowed + 1);
    expect(passed).toBeGreaterThanOrEqual(allowed - 2);
  });
});

describe('the gateway', async () => {
  const { url, auth, tasks } = await testGateway({
    RATE_LIMIT_USER: '3',
    RATE_LIMIT_ADDRESS: '5',
    RATE_LIMIT_SIGN_IN: '2',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const from = (address: string, path = '/tasks/x', init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { 'x-forwarded-for': address, ...init.headers } });
  const statuses = async (calls: number, call: () => Promise<Response>) => {
    const seen: number[] = [];
    for (let i = 0; i < calls; i++) seen.push((await call()).status);
    return seen;
  };

  it('limits an address, and says so on every answer', async () => {
    const answer = await from('203.0.113.1');
    expect(answer.headers.get('ratelimit-policy')).toBe('"address";q=5;w=60');
    expect(answer.headers.get('ratelimit')).toBe('"address";r=4;t=12');
    expect(await statuses(5, () => from('203.0.113.1'))).toEqual([200, 200, 200, 200, 429]);
    const before = tasks.requests.length;
    const refused = await from('203.0.113.1');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests', 'violated-policies': ['address'] });
    expect(tasks.requests.length).toBe(before);
    expect((await from('203.0.113.2')).status).toBe(200);
  });

  it('takes an IPv6 network for one address', async () => {
    let host = 0;
    expect(await statuses(6, () => from(`2001:db8:1:2::${++host}`))).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await from('2001:db8:1:3::1')).status).toBe(200);
  });

  it('limits a person wherever the requests come from', async () => {
    const sid = crypto.randomUUID();
    auth.accounts.set(sid, { sid, sub: crypto.randomUUID(), sv: 1 });
    let host = 0;
    const call = () => from(`203.0.113.${100 + ++host}`, '/tasks/x', { headers: { cookie: `taskflow=${sid}` } });
    expect((await call()).headers.get('ratelimit')).toBe('"address";r=4;t=12, "user";r=2;t=20');
    expect(await statuses(3, call)).toEqual([200, 200, 429]);
  });

  it('limits guesses at passwords more', async () => {
    const post = { method: 'POST' };
    expect(await statuses(3, () => from('203.0.113.50', '/auth/login', post))).toEqual([200, 200, 429]);
    expect((await from('203.0.113.50', '/auth/register', post)).status).toBe(429);
    expect((await from('203.0.113.50', '/tasks/x')).status).toBe(200);
  });
});
