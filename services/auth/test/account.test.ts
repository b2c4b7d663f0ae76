import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PASSWORD, personOf, seen, testAuth, together } from './auth.ts';

const auth = await testAuth();
const { call, sql } = auth;
const NEW = 'an entirely new passphrase';

describe('PATCH /auth/me', () => {
  it('200 changes what is named and nothing else', async () => {
    const ana = await auth.person();
    const handle = `ana-${randomUUID().slice(0, 8)}`;
    const reply = await ana.call('PATCH', '/auth/me', { handle }, seen(1));
    expect(reply).toMatchObject({ status: 200, body: { name: 'Ana Example', handle, version: 2 } });
    expect(reply.headers.get('etag')).toBe('"2"');
    expect(await ana.call('PATCH', '/auth/me', { name: 'Ana B.' }, seen(2))).toMatchObject({
      body: { name: 'Ana B.', handle, version: 3 },
    });
  });

  it('400 for a bad handle or a member that cannot be set', async () => {
    const ana = await auth.person();
    for (const body of [{ handle: 'Ana' }, { handle: 'a b' }, { admin: true }, { name: null }]) {
      expect((await ana.call('PATCH', '/auth/me', body, seen(1))).status, JSON.stringify(body)).toBe(400);
    }
  });

  it('409 when someone else has the handle', async () => {
    const [ana, bo] = [await auth.person(), await auth.person()];
    expect(ana.user.handle).not.toBe(bo.user.handle);
    expect(await ana.call('PATCH', '/auth/me', { handle: bo.user.handle }, seen(1))).toMatchObject({
      status: 409,
      body: { code: 'handle_taken' },
    });
  });

  it('412 with the present account when stale, 428 without If-Match', async () => {
    const ana = await auth.person();
    expect(await ana.call('PATCH', '/auth/me', { name: 'x' }, seen(7))).toMatchObject({
      status: 412,
      body: { current: { name: 'Ana Example' } },
    });
    expect((await ana.call('PATCH', '/auth/me', { name: 'x' })).status).toBe(428);
  });
});

describe('POST /auth/password', () => {
  it('200 changes it, and ends every other session and token in use', async () => {
    const ana = await auth.person();
    const phone = personOf(call, await call('POST', '/auth/login', { email: ana.email, password: PASSWORD }));
    const reply = await ana.call('POST', '/auth/password', { currentPassword: PASSWORD, newPassword: NEW });
    expect(reply.status).toBe(200);
    expect((await ana.call('GET', '/auth/me')).status).toBe(401);
    expect((await call('GET', '/auth/me', undefined, { authorization: `Bearer ${reply.body.accessToken}` })).status).toBe(200);
    expect((await auth.exchange(ana.cookie)).status).toBe(200);
    expect((await auth.exchange(phone.cookie)).status).toBe(401);
    expect((await call('POST', '/auth/login', { email: ana.email, password: PASSWORD })).status).toBe(401);
    expect((await call('POST', '/auth/login', { email: ana.email, password: NEW })).status).toBe(200);
  });

  it('403 when the present one is wrong, 429 after some tries', async () => {
    const ana = await auth.person();
    const attempt = () => ana.call('POST', '/auth/password', { currentPassword: 'wrong', newPassword: NEW });
    expect(await attempt()).toMatchObject({ status: 403, body: { code: 'wrong_password' } });
    for (let i = 0; i < 7; i++) await attempt();
    const refused = await attempt();
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
    expect(await auth.acts('password.changed')).toContainEqual(expect.objectContaining({ outcome: 'failure', actorId: ana.user.id }));
  });

  it('422 when the new one is common or the own name, 400 when short', async () => {
    const ana = await auth.person();
    for (const newPassword of ['qwertyuiop', 'Ana Example', ana.email]) {
      const reply = await ana.call('POST', '/auth/password', { currentPassword: PASSWORD, newPassword });
      expect(reply, newPassword).toMatchObject({
        status: 422,
        body: { code: 'weak_password', errors: [{ pointer: '/body/newPassword', code: expect.stringMatching(/^password_/) }] },
      });
    }
    expect((await ana.call('POST', '/auth/password', { currentPassword: PASSWORD, newPassword: 'short' })).status).toBe(400);
  });
});

describe('POST /auth/email', () => {
  const address = () => `${randomUUID()}@example.com`;

  it('200 changes what one signs in with', async () => {
    const ana = await auth.person();
    const email = address();
    const reply = await ana.call('POST', '/auth/email', { currentPassword: PASSWORD, email });
    expect(reply).toMatchObject({ status: 200, body: { email, version: 2 } });
    expect((await call('POST', '/auth/login', { email: ana.email, password: PASSWORD })).status).toBe(401);
    expect((await call('POST', '/auth/login', { email, password: PASSWORD })).status).toBe(200);
    expect((await auth.acts('email.changed')).at(-1)).toMatchObject({ actorId: ana.user.id, outcome: 'success' });
  });

  it('403 with a wrong password, 409 when the address is taken, 429 after some tries, 400', async () => {
    const [ana, bo] = [await auth.person(), await auth.person()];
    const change = (body: object) => ana.call('POST', '/auth/email', body);
    expect(await change({ currentPassword: 'wrong', email: address() })).toMatchObject({ status: 403, body: { code: 'wrong_password' } });
    expect(await change({ currentPassword: PASSWORD, email: bo.email.toUpperCase() })).toMatchObject({
      status: 409,
      body: { code: 'email_taken' },
    });
    for (let i = 0; i < 6; i++) await change({ currentPassword: PASSWORD, email: bo.email });
    expect((await change({ currentPassword: PASSWORD, email: bo.email })).status).toBe(429);
    expect((await change({ currentPassword: PASSWORD, email: 'x' })).status).toBe(400);
  });
});

describe('resetting a password with an administrator', () => {
  it('201 makes a link, and 204 uses it up: all sessions end', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    const earlier = await administrator.call('POST', `/auth/accounts/${ana.user.id}/password-reset`);
    const { status, body } = await administrator.call('POST', `/auth/accounts/${ana.user.id}/password-reset`);
    expect(status).toBe(201);
    expect(body.url).toBe(`http://localhost:8080/password-reset#${body.token}`);
    expect((await call('POST', '/auth/password/reset', { token: earlier.body.token, newPassword: NEW })).status).toBe(404);
    expect((await call('POST', '/auth/password/reset', { token: body.token, newPassword: 'password1234' })).status).toBe(422);
    expect((await call('POST', '/auth/password/reset', { token: body.token, newPassword: NEW })).status).toBe(204);
    expect(await call('POST', '/auth/password/reset', { token: body.token, newPassword: NEW })).toMatchObject({
      status: 404,
      body: { code: 'reset_invalid' },
    });
    expect((await auth.exchange(ana.cookie)).status).toBe(401);
    expect((await ana.call('GET', '/auth/me')).status).toBe(401);
    expect((await call('POST', '/auth/login', { email: ana.email, password: NEW })).status).toBe(200);
  });

  it('of two uses at the same moment one succeeds', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    const { body } = await administrator.call('POST', `/auth/accounts/${ana.user.id}/password-reset`);
    const replies = await Promise.all(
      [1, 2].map((i) => call('POST', '/auth/password/reset', { token: body.token, newPassword: `${NEW} ${i}` })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 404]);
  });

  it('404 when the link has expired or there is no such account, 403 for others, 400 for nonsense', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    const { body } = await administrator.call('POST', `/auth/accounts/${ana.user.id}/password-reset`);
    await sql`update password_resets set expires_at = now() where user_id = ${ana.user.id}`;
    expect((await call('POST', '/auth/password/reset', { token: body.token, newPassword: NEW })).status).toBe(404);
    expect((await administrator.call('POST', `/auth/accounts/${randomUUID()}/password-reset`)).status).toBe(404);
    expect((await ana.call('POST', `/auth/accounts/${ana.user.id}/password-reset`)).status).toBe(403);
    expect((await call('POST', '/auth/password/reset', { token: 'x', newPassword: NEW })).status).toBe(400);
  });
});

describe('/auth/accounts', () => {
  it('GET 200 pages through all accounts and finds by part of name, handle or e-mail', async () => {
    const administrator = await auth.administrator();
    const ana = await auth.person({ name: 'Zebulon Unusual' });
    const found = await administrator.call('GET', '/auth/accounts?q=EBULON');
    expect(found.body.items).toEqual([
      {
        id: ana.user.id,
        email: ana.email,
        name: 'Zebulon Unusual',
        handle: 'zebulon-unusual',
        admin: false,
        disabledAt: null,
        createdAt: expect.any(String),
        version: 1,
      },
    ]);
    const ids: string[] = [];
    let cursor = '';
    do {
      const { body } = await administrator.call('GET', `/auth/accounts?limit=3${cursor && `&cursor=${cursor}`}`);
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor ?? '';
    } while (cursor);
    const [{ count } = { count: 0 }] = await sql`select count(*)::int as count from users`;
    expect(new Set(ids).size).toBe(count);
    expect(ids).toHaveLength(count);
    expect((await administrator.call('GET', '/auth/accounts?cursor=x')).status).toBe(400);
  });

  it('GET /:id 200, 404, and 403 for others', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    expect(await administrator.call('GET', `/auth/accounts/${ana.user.id}`)).toMatchObject({ status: 200, body: { email: ana.email } });
    expect((await administrator.call('GET', `/auth/accounts/${randomUUID()}`)).status).toBe(404);
    expect((await ana.call('GET', `/auth/accounts/${ana.user.id}`)).status).toBe(403);
    expect((await ana.call('GET', '/auth/accounts')).status).toBe(403);
  });

  it('PATCH 200 disables: sessions, tokens and sign-in end; enabling lets the person sign in again', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    const { body: token } = await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'] });
    const path = `/auth/accounts/${ana.user.id}`;
    const disabled = await administrator.call('PATCH', path, { disabled: true }, seen(1));
    expect(disabled).toMatchObject({ status: 200, body: { disabledAt: expect.any(String), version: 2 } });
    expect((await ana.call('GET', '/auth/me')).status).toBe(401);
    expect((await auth.exchange(ana.cookie)).status).toBe(401);
    expect((await auth.exchange(token.token, 'api-token')).status).toBe(401);
    const login = { email: ana.email, password: PASSWORD };
    expect(await call('POST', '/auth/login', login)).toMatchObject({ status: 403, body: { code: 'account_disabled' } });
    expect((await call('POST', '/auth/login', { ...login, password: 'wrong' })).status).toBe(401);
    expect((await administrator.call('PATCH', path, { disabled: false }, seen(2))).body.disabledAt).toBeNull();
    expect((await call('POST', '/auth/login', login)).status).toBe(200);
    expect((await auth.acts('account.disabled')).at(-1)).toMatchObject({ actorId: administrator.user.id, subject: `user:${ana.user.id}` });
    expect((await auth.acts('account.enabled')).at(-1)).toMatchObject({ subject: `user:${ana.user.id}` });
  });

  it('PATCH 409 for the last administrator, also when the last two remove each other at once', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    const own = `/auth/accounts/${administrator.user.id}`;
    const version = async () => (await administrator.call('GET', own)).body.version as number;
    for (const change of [{ admin: false }, { disabled: true }]) {
      const reply = await administrator.call('PATCH', own, change, seen(await version()));
      expect(reply).toMatchObject({ status: 409, body: { code: 'last_administrator' } });
    }
    await administrator.call('PATCH', `/auth/accounts/${ana.user.id}`, { admin: true }, seen(1));
    const second = personOf(call, await call('POST', '/auth/login', { email: ana.email, password: PASSWORD }));
    const ownVersion = await version();
    const replies = await together(sql, 'audit_records', [
      () => administrator.call('PATCH', `/auth/accounts/${ana.user.id}`, { admin: false }, seen(2)),
      () => second.call('PATCH', own, { admin: false }, seen(ownVersion)),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [{ count } = { count: 0 }] = await sql`select count(*)::int as count from users where admin`;
    expect(count).toBe(1);
    await sql`update users set admin = id = ${administrator.user.id}`;
  });

  it('PATCH 412 when stale, 428 without If-Match, 404, 403', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    const path = `/auth/accounts/${ana.user.id}`;
    expect(await administrator.call('PATCH', path, { disabled: true }, seen(9))).toMatchObject({
      status: 412,
      body: { current: { version: 1 } },
    });
    expect((await administrator.call('PATCH', path, { disabled: true })).status).toBe(428);
    expect((await administrator.call('PATCH', `/auth/accounts/${randomUUID()}`, { disabled: true }, seen(1))).status).toBe(404);
    expect((await ana.call('PATCH', path, { admin: true }, seen(1))).status).toBe(403);
  });
});
