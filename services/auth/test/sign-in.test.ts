import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { ADMIN, cookieOf, PASSWORD, SERVICE_KEYS, testAuth } from './auth.ts';

const auth = await testAuth();
const { call } = auth;
const email = () => `${randomUUID()}@example.com`;

describe('POST /auth/register', () => {
  it('201 makes the account and its workspace, and signs in', async () => {
    const address = email();
    const reply = await call('POST', '/auth/register', { email: address, password: PASSWORD, name: 'Zoë Ångström' });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.headers.get('set-cookie')).toMatch(/^taskflow=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    expect(reply.body).toMatchObject({
      expiresIn: 300,
      user: { email: address, name: 'Zoë Ångström', handle: 'zoe-angstrom', admin: false },
    });
    expect(reply.body.user.workspaces).toEqual([{ id: expect.any(String), name: "Zoë Ångström's workspace", role: 'owner' }]);
    expect(decodeProtectedHeader(reply.body.accessToken)).toMatchObject({ alg: 'EdDSA' });
    const claims = decodeJwt(reply.body.accessToken);
    expect(claims).toMatchObject({ sub: reply.body.user.id, admin: false, scopes: ['read', 'write', 'admin'] });
    expect(claims.exp! - claims.iat!).toBeLessThanOrEqual(300);
  });

  it('400 when the body is not well-formed', async () => {
    for (const wrong of [{ email: 'nobody' }, { password: 'short' }, { name: '' }, { admin: true }]) {
      const body = { email: email(), password: PASSWORD, name: 'Ana', ...wrong };
      expect((await call('POST', '/auth/register', body)).status, JSON.stringify(wrong)).toBe(400);
    }
  });

  it('409 when there is an account with the address, in whatever case', async () => {
    const ana = await auth.person();
    const reply = await call('POST', '/auth/register', { email: ana.email.toUpperCase(), password: PASSWORD, name: 'Ana' });
    expect(reply).toMatchObject({ status: 409, body: { code: 'email_taken' } });
  });

  it('422 when the password is a common one', async () => {
    const reply = await call('POST', '/auth/register', { email: email(), password: 'password1234', name: 'Ana' });
    expect(reply).toMatchObject({
      status: 422,
      body: { code: 'weak_password', errors: [{ pointer: '/body/password', code: expect.stringMatching(/^password_/) }] },
    });
  });
});

describe('POST /auth/login', () => {
  it('200 signs in, in whatever case the address is written', async () => {
    const ana = await auth.person();
    const reply = await call('POST', '/auth/login', { email: ana.email.toUpperCase(), password: PASSWORD });
    expect(reply).toMatchObject({ status: 200, body: { expiresIn: 300, user: { id: ana.user.id } } });
    expect(reply.body.refreshToken).toBeUndefined();
    expect(cookieOf(reply)).toHaveLength(43);
  });

  it('200 signs the administrator of the mounted password in', async () => {
    const reply = await call('POST', '/auth/login', ADMIN);
    expect(reply).toMatchObject({ status: 200, body: { user: { admin: true } } });
  });

  it('401 for a wrong password and for an unknown account, with the same answer', async () => {
    const ana = await auth.person();
    const wrong = await call('POST', '/auth/login', { email: ana.email, password: 'not the password' });
    const unknown = await call('POST', '/auth/login', { email: email(), password: 'not the password' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'wrong_credentials' } });
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
  });
});

it('413 and 415 for bodies that are too large or no JSON', async () => {
  const large = { email: email(), password: 'x'.repeat(70_000) };
  expect((await call('POST', '/auth/login', large)).status).toBe(413);
  expect((await call('POST', '/auth/login', {}, { 'content-type': 'application/xml' })).status).toBe(415);
});

describe('GET /auth/me', () => {
  it('200 with the account', async () => {
    const ana = await auth.person();
    const reply = await ana.call('GET', '/auth/me');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('etag')).toBe('"1"');
    expect(reply.body).toEqual(ana.user);
  });

  it('401 without a token or with a bad one', async () => {
    expect((await call('GET', '/auth/me')).status).toBe(401);
    expect((await call('GET', '/auth/me', undefined, { authorization: 'Bearer x.y.z' })).status).toBe(401);
  });
});

describe('GET /auth/.well-known/jwks.json', () => {
  it('200 publishes no private part, and 304 when it is known', async () => {
    const reply = await call('GET', '/auth/.well-known/jwks.json');
    expect(reply.body.keys).toEqual([
      { kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: expect.any(String), alg: 'EdDSA', use: 'sig' },
    ]);
    expect(reply.headers.get('cache-control')).toMatch(/max-age=60/);
    const again = await call('GET', '/auth/.well-known/jwks.json', undefined, { 'if-none-match': reply.headers.get('etag')! });
    expect(again.status).toBe(304);
  });
});

describe('POST /internal/exchange', () => {
  it('200 turns a cookie into an access token', async () => {
    const ana = await auth.person();
    const reply = await auth.exchange(ana.cookie);
    expect(reply).toMatchObject({ status: 200, body: { expiresIn: 300 } });
    expect(decodeJwt(reply.body.accessToken)).toMatchObject({
      sub: ana.user.id,
      sid: decodeJwt(ana.accessToken).sid,
      workspaces: { [ana.workspaceId]: 'owner' },
    });
  });

  it('401 for another cookie, and without the service key', async () => {
    expect((await auth.exchange('nothing')).status).toBe(401);
    expect((await call('POST', '/internal/exchange', { kind: 'session', credential: 'x' })).status).toBe(401);
    const tasks = { authorization: `Bearer ${SERVICE_KEYS.tasks}` };
    expect((await call('POST', '/internal/exchange', { kind: 'session', credential: 'x' }, tasks)).status).toBe(401);
  });
});

describe('the internal directory', () => {
  const headers = { authorization: `Bearer ${SERVICE_KEYS.tasks}` };

  it('200 lists the members of a workspace, and people by id', async () => {
    const ana = await auth.person();
    const entry = { userId: ana.user.id, name: ana.user.name, handle: ana.user.handle, email: ana.email, active: true };
    const members = await call('GET', `/internal/workspaces/${ana.workspaceId}/members`, undefined, headers);
    expect(members).toMatchObject({ status: 200, body: { items: [{ ...entry, role: 'owner' }] } });
    const users = await call('GET', `/internal/users?ids=${ana.user.id},${randomUUID()}`, undefined, headers);
    expect(users).toMatchObject({ status: 200, body: { items: [entry] } });
  });

  it('404 for no workspace, 400 for no id, 401 without the service key', async () => {
    expect((await call('GET', `/internal/workspaces/${randomUUID()}/members`, undefined, headers)).status).toBe(404);
    expect((await call('GET', '/internal/users?ids=x', undefined, headers)).status).toBe(400);
    expect((await call('GET', `/internal/users?ids=${randomUUID()}`)).status).toBe(401);
  });
});
