import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { network } from '../src/client-address.ts';
import { account, fromNetwork, type Limit, take } from '../src/throttle.ts';
import { PASSWORD, testAuth } from './auth.ts';

const auth = await testAuth({ REGISTRATIONS_PER_HOUR: '20' });
const { call, sql } = auth;
let addresses = 0;
const newAddress = () => `198.51.${Math.floor(++addresses / 250)}.${addresses % 250}`;
const login = (email: string, password: string, address: string) =>
  call('POST', '/auth/login', { email, password }, { 'x-forwarded-for': address });

/** As if so many tries had been made just now. */
const fill = (limit: Limit, subject: string) => Promise.all(Array.from({ length: limit.capacity }, () => take(sql, limit, subject)));

describe('a leaky bucket', () => {
  const limit = { name: 'test', capacity: 3, seconds: 60 };
  const outcome = (subject: string) =>
    take(sql, limit, subject).then(
      () => 'taken',
      (problem) => Number(problem.headers['retry-after']),
    );

  it('takes its capacity, also when all come at once, and says when there is room again', async () => {
    const subject = randomUUID();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome(subject)));
    expect(outcomes.filter((each) => each === 'taken')).toHaveLength(3);
    const wait = await outcome(subject);
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await outcome(randomUUID())).toBe('taken');
  });

  it('drains one by one; what it refuses does not fill it', async () => {
    const subject = randomUUID();
    for (let i = 0; i < 20; i++) await outcome(subject);
    await sql`update throttles set last_at = last_at - interval '61 seconds'`;
    expect(await outcome(subject)).toBe('taken');
    expect(await outcome(subject)).toBeGreaterThan(50);
  });
});

describe('sign-in', () => {
  it('429 after eight failures from one network, whether or not there is such an account; others are not kept out', async () => {
    const ana = await auth.person();
    const [attacker, home] = [newAddress(), newAddress()];
    for (const email of [ana.email, `${randomUUID()}@example.com`]) {
      for (let i = 0; i < 8; i++) expect((await login(email, 'wrong', attacker)).status).toBe(401);
      const refused = await login(email, 'wrong', attacker);
      expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    }
    expect((await login(ana.email, PASSWORD, attacker)).status).toBe(429);
    expect((await login(ana.email, PASSWORD, home)).status).toBe(200);
  });

  it('a distributed attack on an account keeps strangers out, and its person in', async () => {
    const ana = await auth.person();
    const [home, abroad] = [newAddress(), newAddress()];
    expect((await login(ana.email, PASSWORD, home)).status).toBe(200);
    await fill(account, ana.email).catch(() => {});
    expect((await login(ana.email, PASSWORD, abroad)).status).toBe(429);
    expect((await login(ana.email, PASSWORD, home)).status).toBe(200);
  });

  it('one password tried on many accounts is stopped, but not those who have signed in from that network', async () => {
    const ana = await auth.person();
    const office = newAddress();
    await login(ana.email, PASSWORD, office);
    await fill(fromNetwork, office);
    expect((await login(`${randomUUID()}@example.com`, 'wrong', office)).status).toBe(429);
    expect((await login(ana.email, PASSWORD, office)).status).toBe(200);
  });

  it('success forgets the failures before it', async () => {
    const ana = await auth.person();
    const home = newAddress();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 7; i++) expect((await login(ana.email, 'wrong', home)).status).toBe(401);
      expect((await login(ana.email, PASSWORD, home)).status).toBe(200);
    }
  });
});

it('registering is limited per network', async () => {
  const headers = { 'x-forwarded-for': newAddress() };
  const register = () => call('POST', '/auth/register', { email: `${randomUUID()}@example.com`, password: PASSWORD, name: 'x' }, headers);
  await fill({ name: 'registration', capacity: 20, seconds: 180 }, headers['x-forwarded-for']);
  expect((await register()).status).toBe(429);
});

it('an IPv6 customer is one network', () => {
  expect(network('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64');
  expect(network('2001:DB8::1:0:0:0:9')).toBe('2001:db8:0:1::/64');
  expect(network('2001:db8:0:2::1')).not.toBe(network('2001:db8:0:1::1'));
  expect(network('::1')).toBe('0:0:0:0::/64');
  expect(network('203.0.113.7')).toBe('203.0.113.7');
});
