import { generateKeyPairSync } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AUDIENCE, ISSUER } from '@taskflow/contracts/identity';
import { until } from '@taskflow/testing/until';
import { SignJWT } from 'jose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { testGateway } from './gateway.ts';

const { url, auth, tasks } = await testGateway();
const https = await testGateway({ PUBLIC_URL: 'https://board.example' });

beforeEach(() => {
  const echo: typeof tasks.handle = (request, response) => response.end(JSON.stringify(request.headers));
  tasks.handle = echo;
  auth.handle = echo;
  https.tasks.handle = echo;
});

function account({ auth: server } = { auth }) {
  const claims = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), sv: 1 };
  server.accounts.set(claims.sid, claims);
  return { ...claims, cookie: { cookie: `taskflow=${claims.sid}` } };
}

const call = (headers: Record<string, string>, path = '/tasks/projects', init: RequestInit = {}) =>
  fetch(`${url}${path}`, { ...init, headers });
const received = async (answer: Promise<Response>) => (await (await answer).json()) as IncomingHttpHeaders;
const claimsOf = (headers: IncomingHttpHeaders) => JSON.parse(Buffer.from(headers.authorization!.split('.')[1]!, 'base64url').toString());

describe('what a service gets', () => {
  it('an access token in place of the cookie', async () => {
    const { sub, cookie } = account();
    const headers = await received(call({ cookie: `a=b; ${cookie.cookie}; c=d` }));
    expect(claimsOf(headers).sub).toBe(sub);
    expect(headers.cookie).toBeUndefined();
  });

  it('an access token in place of an API token', async () => {
    const claims = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), sv: 1, scopes: ['read' as const] };
    auth.accounts.set('tf_secret', claims);
    const headers = await received(call({ authorization: 'Bearer tf_secret' }));
    expect(claimsOf(headers)).toMatchObject({ sub: claims.sub, scopes: ['read'] });
    expect(auth.exchanges.at(-1)).toBe('api-token tf_secret');
  });

  it('the access token that the client has', async () => {
    const token = await auth.token({ sub: crypto.randomUUID() });
    expect((await received(call({ authorization: `bearer ${token}` }))).authorization).toBe(`Bearer ${token}`);
  });

  it('nothing, where nothing was presented: whether that is enough is its decision', async () => {
    const headers = await received(call({ cookie: 'other=1; xtaskflow=2' }));
    expect(headers.authorization).toBeUndefined();
    expect(headers.cookie).toBeUndefined();
  });

  it('Authorization before the cookie', async () => {
    const token = await auth.token({ sub: crypto.randomUUID() });
    expect((await received(call({ authorization: `Bearer ${token}`, ...account().cookie }))).authorization).toBe(`Bearer ${token}`);
  });
});

describe('401 at the edge, and no service hears of it', () => {
  const forged = () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    return new SignJWT({ sid: 'x', sv: 1 })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject('x')
      .setExpirationTime('5m')
      .sign(privateKey);
  };
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`;

  it.each<[string, () => Record<string, string> | Promise<Record<string, string>>]>([
    ['an unknown cookie', () => ({ cookie: 'taskflow=unknown' })],
    ['a cookie that auth cannot have set', () => ({ cookie: 'taskflow=a"b' })],
    ['a cookie of any length', () => ({ cookie: `taskflow=${'x'.repeat(4000)}` })],
    ['an unknown API token', () => ({ authorization: 'Bearer tf_unknown' })],
    ['an API token of any length', () => ({ authorization: `Bearer tf_${'x'.repeat(4000)}` })],
    ['no bearer credential', () => ({ authorization: 'Basic YTpi' })],
    ['a list of credentials', () => ({ authorization: 'Bearer a, Bearer b' })],
    ['garbage', () => ({ authorization: 'Bearer garbage' })],
    ['a token signed by someone else', async () => ({ authorization: `Bearer ${await forged()}` })],
    ['a token that is not signed', () => ({ authorization: `Bearer ${none}` })],
    ['an expired token', async () => ({ authorization: `Bearer ${await auth.token({ exp: Math.floor(Date.now() / 1000) - 1 })}` })],
    ['a bad Authorization next to a good cookie', () => ({ authorization: 'Bearer garbage', ...account().cookie })],
  ])('%s', async (_what, headers) => {
    const before = tasks.requests.length;
    const answer = await call(await headers());
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(await answer.json()).toMatchObject({ code: 'unauthenticated' });
    expect(tasks.requests.length).toBe(before);
  });
});

it('after a 401 of a service, as when a signing key was dropped, the next request brings a new token', async () => {
  const { sid, cookie } = account();
  const exchanged = () => auth.exchanges.filter((exchange) => exchange.endsWith(sid)).length;
  for (let request = 0; request < 3; request++) expect((await call(cookie)).status).toBe(200);
  expect(exchanged()).toBe(1);
  tasks.handle = (_request, response) => response.writeHead(401).end();
  expect((await call(cookie)).status).toBe(401);
  tasks.handle = (_request, response) => response.end();
  for (let request = 0; request < 3; request++) expect((await call(cookie)).status).toBe(200);
  expect(exchanged()).toBe(2);
});

describe("auth's own cookie", () => {
  it.each(['login', 'register', 'refresh', 'logout', 'password/reset', 'invitations/preview'])(
    'reaches /auth/%s, also a stale one, and no other',
    async (operation) => {
      const headers = await received(
        call({ cookie: 'a=b; taskflow=stale; c=d', 'sec-fetch-site': 'same-origin' }, `/auth/${operation}`, { method: 'POST' }),
      );
      expect(headers.cookie).toBe('taskflow=stale');
      expect(headers.authorization).toBeUndefined();
      const token = await auth.token({});
      expect((await received(call({ authorization: `Bearer ${token}` }, `/auth/${operation}`, { method: 'POST' }))).authorization).toBe(
        `Bearer ${token}`,
      );
      expect(
        (await received(call({ authorization: 'Bearer garbage' }, `/auth/${operation}`, { method: 'POST' }))).authorization,
      ).toBeUndefined();
    },
  );

  it('reaches nothing else of auth', async () => {
    const headers = await received(call(account().cookie, '/auth/me'));
    expect(headers.cookie).toBeUndefined();
    expect(headers.authorization).toMatch(/^Bearer ey/);
  });

  it('does not lock anyone out, whatever it is', async () => {
    const headers = await received(call({ cookie: 'taskflow=a"b', 'sec-fetch-site': 'same-origin' }, '/auth/login', { method: 'POST' }));
    expect(headers.cookie).toBeUndefined();
  });

  it('is bound to the host on HTTPS', async () => {
    const claims = account(https);
    const bound = (await received(
      fetch(`${https.url}/tasks/x`, { headers: { cookie: `__Host-taskflow=${claims.sid}` } }),
    )) as IncomingHttpHeaders;
    expect(bound.authorization).toMatch(/^Bearer ey/);
    const loose = await received(fetch(`${https.url}/tasks/x`, { headers: { cookie: `taskflow=${claims.sid}` } }));
    expect(loose.authorization).toBeUndefined();
  });

  it('does not count any more right after sign-out', async () => {
    const { sid, cookie } = account();
    expect((await call(cookie)).status).toBe(200);
    auth.accounts.delete(sid); // what auth does at sign-out; the revocation has not come yet
    expect((await call(cookie)).status).toBe(200);
    await call({ ...cookie, 'sec-fetch-site': 'same-origin' }, '/auth/logout', { method: 'POST' });
    expect((await call(cookie)).status).toBe(401);
  });
});

describe('what auth changes holds for the very next request', () => {
  const rolesOf = async (headers: Record<string, string>) => claimsOf(await received(call(headers))).workspaces;

  it.each<[string, (value: string) => Record<string, string>]>([
    ['a cookie', (value) => ({ cookie: `taskflow=${value}`, 'sec-fetch-site': 'same-origin' })],
    ['an API token', (value) => ({ authorization: `Bearer ${value}` })],
  ])('of %s', async (_kind, headersOf) => {
    const claims = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), sv: 1, workspaces: {} };
    const value = `tf_${claims.sid}`;
    const headers = headersOf(value);
    auth.accounts.set(value, claims);
    expect(await rolesOf(headers)).toEqual({});
    auth.accounts.set(value, { ...claims, workspaces: { w: 'owner' } });

    await call(headers, '/auth/me');
    auth.handle = (_request, response) => response.writeHead(422).end();
    await call(headers, '/auth/workspaces', { method: 'POST' });
    auth.handle = (_request, response) => response.writeHead(201).end();
    await call(headers, '/tasks/projects', { method: 'POST' });
    expect(await rolesOf(headers)).toEqual({}); // nothing has changed, as far as the gateway can know

    await call(headers, '/auth/workspaces', { method: 'POST' });
    expect(await rolesOf(headers)).toEqual({ w: 'owner' });
  });

  it('also when an exchange began before the change', async () => {
    const { sid, cookie } = account();
    auth.exchangeMs = 300;
    const before = call(cookie);
    await until(() => auth.exchanging === 1);
    auth.exchangeMs = 0;
    await call({ ...cookie, 'sec-fetch-site': 'same-origin' }, '/auth/logout', { method: 'POST' });
    auth.accounts.delete(sid);
    expect((await call(cookie)).status).toBe(401);
    expect((await before).status).toBe(200);
    expect((await call(cookie)).status).toBe(401);
  });
});

describe('the exchange', () => {
  it('is made once for many requests at once, and kept', async () => {
    const { sid, cookie } = account();
    await Promise.all(Array.from({ length: 20 }, () => call(cookie)));
    await call(cookie);
    expect(auth.exchanges.filter((exchange) => exchange === `session ${sid}`)).toHaveLength(1);
  });

  it('leads to nothing when the client has gone meanwhile', async () => {
    const { sid, cookie } = account();
    const before = tasks.requests.length;
    auth.exchangeMs = 100;
    const abort = new AbortController();
    const gone = call(cookie, '/tasks/x', { signal: abort.signal }).catch(() => {});
    const stays = until(() => auth.exchanges.includes(`session ${sid}`));
    setTimeout(() => abort.abort(), 30);
    await Promise.all([gone, stays]);
    auth.exchangeMs = 0;
    expect((await call(cookie)).status).toBe(200); // only now, so that the other's turn has passed
    expect(tasks.requests.length - before).toBe(1);
  });

  it('does not fail others for the impatience of the first', async () => {
    const { sid, cookie } = account();
    auth.exchangeMs = 200;
    const before = tasks.requests.length;
    const [impatient, patient] = await Promise.all([call({ ...cookie, 'x-timeout-ms': '100' }), call(cookie)]);
    auth.exchangeMs = 0;
    expect(tasks.requests.length - before).toBe(1); // for the patient one
    expect([impatient.status, patient.status]).toEqual([504, 200]);
    expect(auth.exchanges.filter((exchange) => exchange === `session ${sid}`)).toHaveLength(1);
  });
});

it('honours nothing remembered once auth has been silent for more than 10 s, and goes on when it is back', async () => {
  const { cookie } = account();
  const bearer = { authorization: `Bearer ${await auth.token({})}` };
  for (const headers of [cookie, bearer]) expect((await call(headers)).status).toBe(200);
  auth.silent = true;
  auth.server.closeAllConnections();
  for (const headers of [cookie, bearer]) expect((await call(headers)).status).toBe(200);
  const { now } = performance;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 10_000);
  for (const headers of [cookie, bearer]) {
    const answer = await call(headers);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
  }
  expect((await call({})).status).toBe(200); // without a credential there is nothing to find out
  auth.silent = false;
  for (const headers of [cookie, bearer]) await until(async () => (await call(headers)).status === 200);
  clock.mockRestore();
});

it('answers 503, not 401, while the keys cannot be had', async () => {
  const { url: cold, auth: keyless } = await testGateway();
  keyless.keysDown = true;
  const bearer = { authorization: `Bearer ${await keyless.token()}` };
  expect((await fetch(`${cold}/tasks/x`, { headers: bearer })).status).toBe(503);
  keyless.keysDown = false;
  await until(async () => (await fetch(`${cold}/tasks/x`, { headers: bearer })).status === 200);
});

describe('a revocation counts within a second', () => {
  const becomes = (status: number, headers: Record<string, string>) =>
    until(async () => (await call(headers)).status === status, { ms: 1000, what: `${status}` });

  it('of a session', async () => {
    const { sid, cookie } = account();
    expect((await call(cookie)).status).toBe(200);
    auth.accounts.delete(sid);
    auth.revoke({ kind: 'session', subject: sid });
    await becomes(401, cookie);
  });

  it('of an access token in the hands of a client', async () => {
    const [sub, sid] = [crypto.randomUUID(), crypto.randomUUID()];
    const bySession = { authorization: `Bearer ${await auth.token({ sid })}` };
    const byUser = { authorization: `Bearer ${await auth.token({ sub, sv: 4 })}` };
    const newer = { authorization: `Bearer ${await auth.token({ sub, sv: 5 })}` };
    for (const headers of [bySession, byUser, newer]) expect((await call(headers)).status).toBe(200);
    auth.revoke({ kind: 'session', subject: sid });
    auth.revoke({ kind: 'user', subject: sub, securityVersion: 5 });
    await becomes(401, bySession);
    await becomes(401, byUser);
    expect((await call(newer)).status).toBe(200);
  });

  it('of the roles in a token, while the session goes on with new ones', async () => {
    const { sid, sub, cookie } = account();
    expect(claimsOf(await received(call(cookie))).sv).toBe(1);
    auth.accounts.set(sid, { sid, sub, sv: 2, workspaces: { w: 'guest' } });
    auth.revoke({ kind: 'user', subject: sub, securityVersion: 2 });
    await until(async () => claimsOf(await received(call(cookie))).sv === 2, { ms: 1000 });
  });

  it('also when auth does not know its own positions any more', async () => {
    auth.forgetPositions();
    const { sid, cookie } = account();
    expect((await call(cookie)).status).toBe(200);
    auth.accounts.delete(sid);
    auth.revoke({ kind: 'session', subject: sid });
    await becomes(401, cookie);
  });

  it('even when it arrives while the exchange is under way', async () => {
    const { sid, sub, cookie } = account();
    auth.revoke({ kind: 'user', subject: sub, securityVersion: 2 });
    await until(async () => (await call(cookie)).status === 401, { ms: 1000 }); // auth still gives out tokens of version 1
    auth.accounts.set(sid, { sid, sub, sv: 2 });
    expect((await call(cookie)).status).toBe(200);
  });
});
