import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { type Person, testAuth, together } from './auth.ts';

const auth = await testAuth();
const { call, sql } = auth;

/** Calls as the gateway does for the bearer of an API token. */
async function callWith(person: Person, scopes: string[]) {
  const { body } = await person.call('POST', '/auth/tokens', { name: 'ci', scopes });
  const { body: exchanged } = await auth.exchange(body.token, 'api-token');
  const headers = { authorization: `Bearer ${exchanged.accessToken}` };
  return (method: string, path: string, payload?: unknown) => call(method, path, payload, headers);
}

describe('POST /auth/tokens', () => {
  it('201 shows the token once and keeps only its digest', async () => {
    const ana = await auth.person();
    const { status, body } = await ana.call('POST', '/auth/tokens', { name: 'Build', scopes: ['read', 'write'], expiresInDays: 30 });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'Build', scopes: ['read', 'write'], hint: body.token.slice(-4), lastUsedAt: null });
    expect(body.token).toMatch(/^tf_[\w-]{43}$/);
    expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(29 * 86_400_000);
    const [row] = await sql`select * from api_tokens where id = ${body.id}`;
    expect(JSON.stringify(row)).not.toContain(body.token.slice(3, 20));
    const { items } = (await ana.call('GET', '/auth/tokens')).body;
    expect(items).toMatchObject([{ id: body.id, name: 'Build' }]);
    expect(items[0].token).toBeUndefined();
    expect(await auth.acts('api-token.created')).toContainEqual(
      expect.objectContaining({
        actorId: ana.user.id,
        subject: `api-token:${body.id}`,
        details: { scopes: 'read write', expiresInDays: 30 },
      }),
    );
  });

  it('400 without a scope or with an unknown one', async () => {
    const ana = await auth.person();
    for (const scopes of [[], ['everything'], ['read', 'read']]) {
      expect((await ana.call('POST', '/auth/tokens', { name: 'x', scopes })).status).toBe(400);
    }
  });

  it('403 for an API token, which cannot make others', async () => {
    const token = await callWith(await auth.person(), ['read', 'write', 'admin']);
    expect((await token('POST', '/auth/tokens', { name: 'x', scopes: ['read'] })).status).toBe(403);
    expect((await token('POST', '/auth/password', { currentPassword: 'x', newPassword: 'y'.repeat(10) })).status).toBe(403);
  });

  it('409 at the hundred and first, also when they come at once', async () => {
    const ana = await auth.person();
    await sql`
      insert into api_tokens (id, user_id, name, token_hash, hint, scopes)
      select gen_random_uuid(), ${ana.user.id}, 'x', decode(md5(random()::text), 'hex'), 'x', array['read'] from generate_series(1, 99)`;
    const create = () => ana.call('POST', '/auth/tokens', { name: 'x', scopes: ['read'] });
    const replies = await together(sql, 'audit_records', [create, create, create]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });
});

describe('an API token', () => {
  it('is exchanged for an access token of its scopes; use is noted', async () => {
    const ana = await auth.person();
    const { body } = await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'] });
    const reply = await auth.exchange(body.token, 'api-token');
    expect(decodeJwt(reply.body.accessToken)).toMatchObject({ sub: ana.user.id, sid: body.id, scopes: ['read'] });
    const { items } = (await ana.call('GET', '/auth/tokens')).body;
    expect(Date.parse(items[0].lastUsedAt)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('is not taken as a session, nor a session as it', async () => {
    const ana = await auth.person();
    const { body } = await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'] });
    expect((await auth.exchange(body.token, 'session')).status).toBe(401);
    expect((await auth.exchange(ana.cookie, 'api-token')).status).toBe(401);
  });

  it('ends when it expires', async () => {
    const ana = await auth.person();
    const { body } = await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'], expiresInDays: 1 });
    await sql`update api_tokens set expires_at = now() where id = ${body.id}`;
    expect((await auth.exchange(body.token, 'api-token')).status).toBe(401);
  });

  it('may do what its scopes say, whatever its person may', async () => {
    const ana = await auth.person();
    const read = await callWith(ana, ['read']);
    const write = await callWith(ana, ['read', 'write']);
    const admin = await callWith(ana, ['read', 'write', 'admin']);
    expect((await read('GET', '/auth/me')).status).toBe(200);
    expect((await read('POST', '/auth/workspaces', { name: 'x' })).status).toBe(403);
    expect((await write('POST', '/auth/workspaces', { name: 'x' })).status).toBe(403);
    expect((await write('GET', '/auth/sessions')).status).toBe(403);
    expect((await write('GET', `/auth/workspaces/${ana.workspaceId}/members`)).status).toBe(200);
    expect((await write('POST', `/auth/workspaces/${ana.workspaceId}/invitations`, {})).status).toBe(403);
    expect((await admin('POST', `/auth/workspaces/${ana.workspaceId}/invitations`, {})).status).toBe(201);
  });

  it('of an administrator administers only with the scope admin', async () => {
    const administrator = await auth.administrator();
    expect((await (await callWith(administrator, ['read', 'write']))('GET', '/auth/accounts')).status).toBe(403);
    expect((await (await callWith(administrator, ['read', 'admin']))('GET', '/auth/accounts')).status).toBe(200);
  });
});

describe('DELETE /auth/tokens/:id', () => {
  it('204 and it stops working', async () => {
    const ana = await auth.person();
    const { body } = await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'] });
    const { body: exchanged } = await auth.exchange(body.token, 'api-token');
    expect((await ana.call('DELETE', `/auth/tokens/${body.id}`)).status).toBe(204);
    expect((await auth.exchange(body.token, 'api-token')).status).toBe(401);
    expect((await call('GET', '/auth/me', undefined, { authorization: `Bearer ${exchanged.accessToken}` })).status).toBe(401);
  });

  it("404 for another person's and for none", async () => {
    const ana = await auth.person();
    const bo = await auth.person();
    const { body } = await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'] });
    expect((await bo.call('DELETE', `/auth/tokens/${body.id}`)).status).toBe(404);
    expect((await bo.call('DELETE', `/auth/tokens/${randomUUID()}`)).status).toBe(404);
    expect((await auth.exchange(body.token, 'api-token')).status).toBe(200);
  });
});
