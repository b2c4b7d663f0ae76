import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { cookieOf, PASSWORD, personOf, testAuth, together } from './auth.ts';

const auth = await testAuth();
const { call, sql } = auth;
const cookieHeader = (value: string) => ({ cookie: `other=1; taskflow=${value}` });
const sidOf = (token: string) => decodeJwt<{ sid: string }>(token).sid;

async function withRefreshToken() {
  const ana = await auth.person();
  const reply = await call('POST', '/auth/login', { email: ana.email, password: PASSWORD, refreshToken: true });
  return { ana, reply, first: reply.body.refreshToken as string };
}

describe('POST /auth/refresh', () => {
  it('200 with the session cookie, which stays', async () => {
    const ana = await auth.person();
    const reply = await call('POST', '/auth/refresh', undefined, cookieHeader(ana.cookie));
    expect(reply).toMatchObject({ status: 200, body: { expiresIn: 300, user: { id: ana.user.id } } });
    expect(cookieOf(reply)).toBe(ana.cookie);
    expect(sidOf(reply.body.accessToken)).toBe(sidOf(ana.accessToken));
  });

  it('200 with a refresh token, which is replaced; no cookie was ever set', async () => {
    const { reply, first } = await withRefreshToken();
    expect(reply.headers.get('set-cookie')).toBeNull();
    const next = await call('POST', '/auth/refresh', { refreshToken: first });
    expect(next.status).toBe(200);
    expect(next.headers.get('set-cookie')).toBeNull();
    expect(next.body.refreshToken).not.toBe(first);
    expect((await call('POST', '/auth/refresh', { refreshToken: next.body.refreshToken })).status).toBe(200);
  });

  it('401 when a refresh token comes a second time: the whole family ends', async () => {
    const { ana, first } = await withRefreshToken();
    const next = await call('POST', '/auth/refresh', { refreshToken: first });
    expect(await call('POST', '/auth/refresh', { refreshToken: first })).toMatchObject({ status: 401, body: { code: 'session_ended' } });
    expect((await call('POST', '/auth/refresh', { refreshToken: next.body.refreshToken })).status).toBe(401);
    expect((await call('GET', '/auth/me', undefined, { authorization: `Bearer ${next.body.accessToken}` })).status).toBe(401);
    expect(await auth.acts('refresh-token.reused')).toContainEqual(
      expect.objectContaining({ outcome: 'failure', subject: `session:${sidOf(next.body.accessToken)}`, details: { userId: ana.user.id } }),
    );
  });

  it('of two uses at the same moment one wins, and the family ends', async () => {
    const { first } = await withRefreshToken();
    const use = () => call('POST', '/auth/refresh', { refreshToken: first });
    const replies = await together(sql, 'sessions', [use, use, use]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    const winner = replies.find(({ status }) => status === 200)!;
    expect((await call('POST', '/auth/refresh', { refreshToken: winner.body.refreshToken })).status).toBe(401);
  });

  it('401 without anything, or with something else', async () => {
    expect((await call('POST', '/auth/refresh')).status).toBe(401);
    expect((await call('POST', '/auth/refresh', { refreshToken: 'x'.repeat(43) })).status).toBe(401);
    expect((await call('POST', '/auth/refresh', undefined, cookieHeader('x'))).status).toBe(401);
    const { first } = await withRefreshToken();
    expect((await call('POST', '/auth/refresh', undefined, cookieHeader(first))).status).toBe(401);
  });

  it('400 when the body is not well-formed', async () => {
    expect((await call('POST', '/auth/refresh', { refreshToken: 1 })).status).toBe(400);
  });
});

describe('how a session ends by itself', () => {
  it.each([
    ['unused for too long', sql`last_used_at = now() - interval '15 days'`],
    ['too old', sql`expires_at = now()`],
  ])('%s', async (_reason, change) => {
    const { ana, first } = await withRefreshToken();
    await sql`update sessions set ${change} where user_id = ${ana.user.id}`;
    expect((await auth.exchange(ana.cookie)).status).toBe(401);
    expect((await call('POST', '/auth/refresh', undefined, cookieHeader(ana.cookie))).status).toBe(401);
    expect((await call('POST', '/auth/refresh', { refreshToken: first })).status).toBe(401);
  });

  it('is put off by use', async () => {
    const ana = await auth.person();
    await sql`update sessions set last_used_at = now() - interval '13 days' where user_id = ${ana.user.id}`;
    expect((await auth.exchange(ana.cookie)).status).toBe(200);
    const [session] = await sql`select last_used_at > now() - interval '1 minute' as used from sessions where user_id = ${ana.user.id}`;
    expect(session).toEqual({ used: true });
  });
});

describe('POST /auth/logout', () => {
  it.each([
    ['access token', (ana: { accessToken: string }) => [undefined, { authorization: `Bearer ${ana.accessToken}` }] as const],
    ['cookie', (ana: { cookie: string }) => [undefined, cookieHeader(ana.cookie)] as const],
  ])('204 ends the session of the %s and clears the cookie', async (_what, present) => {
    const ana = await auth.person();
    const reply = await call('POST', '/auth/logout', ...present(ana));
    expect(reply.status).toBe(204);
    expect(reply.headers.get('set-cookie')).toMatch(/^taskflow=; .*Max-Age=0/);
    expect((await auth.exchange(ana.cookie)).status).toBe(401);
    expect((await ana.call('GET', '/auth/me')).status).toBe(401);
  });

  it('204 ends the session of a refresh token', async () => {
    const { first, reply } = await withRefreshToken();
    expect((await call('POST', '/auth/logout', { refreshToken: first })).status).toBe(204);
    expect((await call('POST', '/auth/refresh', { refreshToken: first })).status).toBe(401);
    expect((await call('GET', '/auth/me', undefined, { authorization: `Bearer ${reply.body.accessToken}` })).status).toBe(401);
  });

  it('204 too when there is nothing to end; an API token is not ended by it', async () => {
    expect((await call('POST', '/auth/logout')).status).toBe(204);
    const ana = await auth.person();
    const { body } = await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'] });
    const { body: exchanged } = await auth.exchange(body.token, 'api-token');
    expect((await call('POST', '/auth/logout', undefined, { authorization: `Bearer ${exchanged.accessToken}` })).status).toBe(204);
    expect((await auth.exchange(body.token, 'api-token')).status).toBe(200);
  });
});

it('signing in again in the same browser ends the session before', async () => {
  const [ana, bo] = [await auth.person(), await auth.person()];
  const reply = await call('POST', '/auth/login', { email: bo.email, password: PASSWORD }, cookieHeader(ana.cookie));
  expect((await auth.exchange(ana.cookie)).status).toBe(401);
  expect((await auth.exchange(cookieOf(reply))).status).toBe(200);
});

describe('/auth/sessions', () => {
  it('GET 200 lists own sessions only, and says which is this one', async () => {
    await auth.person();
    const ana = await auth.person();
    const phone = personOf(
      call,
      await call(
        'POST',
        '/auth/login',
        { email: ana.email, password: PASSWORD },
        { 'user-agent': 'Phone', 'x-forwarded-for': '203.0.113.9' },
      ),
    );
    const { body } = await ana.call('GET', '/auth/sessions');
    expect(body.items).toHaveLength(2);
    expect(body.items).toContainEqual({
      id: sidOf(phone.accessToken),
      current: false,
      address: '203.0.113.9',
      userAgent: 'Phone',
      createdAt: expect.stringMatching(/Z$/),
      lastUsedAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
    });
    expect(body.items.filter(({ current }: { current: boolean }) => current)).toMatchObject([{ id: sidOf(ana.accessToken) }]);
  });

  it('DELETE /:id 204 ends one', async () => {
    const ana = await auth.person();
    const phone = personOf(call, await call('POST', '/auth/login', { email: ana.email, password: PASSWORD }));
    expect((await ana.call('DELETE', `/auth/sessions/${sidOf(phone.accessToken)}`)).status).toBe(204);
    expect((await auth.exchange(phone.cookie)).status).toBe(401);
    expect((await auth.exchange(ana.cookie)).status).toBe(200);
  });

  it("DELETE /:id 404 for another person's, 400 for no id", async () => {
    const ana = await auth.person();
    const bo = await auth.person();
    expect((await bo.call('DELETE', `/auth/sessions/${sidOf(ana.accessToken)}`)).status).toBe(404);
    expect((await auth.exchange(ana.cookie)).status).toBe(200);
    expect((await bo.call('DELETE', '/auth/sessions/x')).status).toBe(400);
  });

  it('DELETE 204 ends all others', async () => {
    const ana = await auth.person();
    const phone = personOf(call, await call('POST', '/auth/login', { email: ana.email, password: PASSWORD }));
    expect((await ana.call('DELETE', '/auth/sessions')).status).toBe(204);
    expect((await auth.exchange(phone.cookie)).status).toBe(401);
    expect((await phone.call('GET', '/auth/me')).status).toBe(401);
    expect((await ana.call('GET', '/auth/me')).status).toBe(200);
  });
});
