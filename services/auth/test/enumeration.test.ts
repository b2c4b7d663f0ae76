import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { PASSWORD, testAuth } from './auth.ts';

const auth = await testAuth();
let addresses = 0;

/** Milliseconds of a failing sign-in from a new address. */
async function timed(email: string, password: string): Promise<number> {
  const headers = { 'x-forwarded-for': `198.51.100.${(addresses++ % 250) + 1}` };
  const begin = performance.now();
  const reply = await auth.call('POST', '/auth/login', { email, password }, headers);
  const took = performance.now() - begin;
  expect(reply.status).toBe(401);
  return took;
}

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;

it('a sign-in takes as long for an unknown account as for a wrong password', async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => auth.person()));
  const known: number[] = [];
  const unknown: number[] = [];
  // In turn, so that a load that comes and goes meets both alike.
  for (let i = 0; i < 25; i++) {
    known.push(await timed(people[i % people.length]!.email, 'not the password'));
    unknown.push(await timed(`${randomUUID()}@example.com`, 'not the password'));
  }
  // Without the same work for both, the ratio is above five.
  const ratio = median(known) / median(unknown);
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.4);
});

it('registering answers as late for a taken address as for a new one', async () => {
  const ana = await auth.person();
  const register = async (email: string, status: number) => {
    const begin = performance.now();
    const reply = await auth.call('POST', '/auth/register', { email, password: PASSWORD, name: 'Ana' });
    expect(reply.status).toBe(status);
    return performance.now() - begin;
  };
  const taken: number[] = [];
  const fresh: number[] = [];
  for (let i = 0; i < 9; i++) {
    taken.push(await register(ana.email, 409));
    fresh.push(await register(`${randomUUID()}@example.com`, 201));
  }
  expect(median(taken) / median(fresh)).toBeGreaterThan(0.5);
});
