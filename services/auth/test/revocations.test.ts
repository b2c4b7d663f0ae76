import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { rebaseRevocations } from '../src/revocations.ts';
import { PASSWORD, type Person, SERVICE_KEYS, seen, testAuth } from './auth.ts';

interface Revocation {
  kind: string;
  subject: string;
  securityVersion?: number;
}

const auth = await testAuth();
const { call, sql } = auth;
const headers = { authorization: `Bearer ${SERVICE_KEYS.gateway}` };

async function poll(after?: string, wait = 0): Promise<{ position: string; revocations: Revocation[] }> {
  const query = new URLSearchParams({ wait: String(wait), ...(after === undefined ? {} : { after }) });
  const { status, body } = await call('GET', `/internal/revocations?${query}`, undefined, headers);
  expect(status).toBe(200);
  return body;
}
const sid = (person: Person) => decodeJwt<{ sid: string }>(person.accessToken).sid;

describe('GET /internal/revocations', () => {
  it('200 at once with what is there, and after a wait with what comes', async () => {
    const ana = await auth.person();
    const { position } = await poll();
    const begin = performance.now();
    const waiting = poll(position, 20);
    await ana.call('POST', '/auth/logout');
    const { revocations, position: next } = await waiting;
    expect(revocations).toEqual([{ kind: 'session', subject: sid(ana) }]);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect((await poll(next)).revocations).toEqual([]);
    expect((await poll()).revocations).toContainEqual({ kind: 'session', subject: sid(ana) });
  });

  it('200 with nothing when the wait is over', async () => {
    const { position } = await poll();
    const begin = performance.now();
    expect((await poll(position, 1)).revocations).toEqual([]);
    expect(performance.now() - begin).toBeGreaterThan(900);
  });

  it('misses nothing of a transaction that began earlier and commits later, and waits for no other', async () => {
    const [slow, quick] = ['019aa000-0000-7000-8000-00000000000a', '019aa000-0000-7000-8000-00000000000b'];
    const begun = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const transaction = sql.begin(async (tx) => {
      await tx`insert into revocations (kind, subject) values ('session', ${slow})`;
      begun.resolve();
      await mayCommit.promise;
    });
    await begun.promise;
    const { position } = await poll();
    await sql`insert into revocations (kind, subject) values ('session', ${quick})`;
    const first = await poll(position);
    expect(first.revocations).toEqual([{ kind: 'session', subject: quick }]);
    mayCommit.resolve();
    await transaction;
    expect((await poll(first.position)).revocations).toEqual([{ kind: 'session', subject: slow }]);
  });

  it('gives everything for a position of another cluster', async () => {
    const ana = await auth.person();
    await ana.call('POST', '/auth/logout');
    const { revocations } = await poll('900000000000:900000000000:');
    expect(revocations).toContainEqual({ kind: 'session', subject: sid(ana) });
  });

  it('what was restored from another cluster is new once, and not at every look', async () => {
    const ana = await auth.person();
    await ana.call('POST', '/auth/logout');
    const [row] = await sql`
      update revocations set xid = (xid::text::bigint + 1000000)::text::xid8 where subject = ${sid(ana)} returning subject`;
    const restored = { kind: 'session', subject: row?.subject };
    const { position } = await poll();
    expect((await poll(position)).revocations).toEqual([restored]);
    await rebaseRevocations(sql);
    const next = await poll(position);
    expect(next.revocations).toEqual([restored]);
    expect((await poll(next.position)).revocations).toEqual([]);
  });

  it('400 for something else as position, 401 without the key', async () => {
    expect((await call('GET', '/internal/revocations?after=x', undefined, headers)).status).toBe(400);
    expect((await call('GET', "/internal/revocations?after=1:2:'", undefined, headers)).status).toBe(400);
    expect((await call('GET', '/internal/revocations?wait=26', undefined, headers)).status).toBe(400);
    expect((await call('GET', '/internal/revocations')).status).toBe(401);
  });
});

describe('what is revoked', () => {
  /** What the act adds. */
  async function revokedBy(act: () => Promise<unknown>): Promise<Revocation[]> {
    const { position } = await poll();
    await act();
    return (await poll(position)).revocations;
  }

  it('the session, when it is ended from elsewhere', async () => {
    const ana = await auth.person();
    const phone = await call('POST', '/auth/login', { email: ana.email, password: PASSWORD });
    const id = decodeJwt<{ sid: string }>(phone.body.accessToken).sid;
    expect(await revokedBy(() => ana.call('DELETE', `/auth/sessions/${id}`))).toEqual([{ kind: 'session', subject: id }]);
  });

  it('the API token, when it is deleted', async () => {
    const ana = await auth.person();
    const { body } = await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'] });
    expect(await revokedBy(() => ana.call('DELETE', `/auth/tokens/${body.id}`))).toEqual([{ kind: 'session', subject: body.id }]);
  });

  it('the session, when a refresh token comes twice', async () => {
    const ana = await auth.person();
    const { body } = await call('POST', '/auth/login', { email: ana.email, password: PASSWORD, refreshToken: true });
    const id = decodeJwt<{ sid: string }>(body.accessToken).sid;
    const refresh = () => call('POST', '/auth/refresh', { refreshToken: body.refreshToken });
    await refresh();
    expect(await revokedBy(refresh)).toEqual([{ kind: 'session', subject: id }]);
  });

  const user = (person: Person, securityVersion = 2) => ({ kind: 'user', subject: person.user.id, securityVersion });

  it('all tokens of a person whose password changes', async () => {
    const ana = await auth.person();
    const change = { currentPassword: PASSWORD, newPassword: 'an entirely new passphrase' };
    expect(await revokedBy(() => ana.call('POST', '/auth/password', change))).toEqual([user(ana)]);
  });

  it('all tokens of a person whose account is disabled, and the sessions', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    const revoked = await revokedBy(() => administrator.call('PATCH', `/auth/accounts/${ana.user.id}`, { disabled: true }, seen(1)));
    expect(revoked).toEqual(expect.arrayContaining([user(ana), { kind: 'session', subject: sid(ana) }]));
  });

  it('all tokens of a person whose membership or role changes', async () => {
    const ana = await auth.person();
    const { body } = await ana.call('POST', `/auth/workspaces/${ana.workspaceId}/invitations`, {});
    const bo = await auth.person();
    expect(await revokedBy(() => bo.call('POST', '/auth/invitations/accept', { token: body.token }))).toEqual([user(bo, 2)]);
    const member = `/auth/workspaces/${ana.workspaceId}/members/${bo.user.id}`;
    expect(await revokedBy(() => ana.call('PATCH', member, { role: 'guest' }, seen(1)))).toEqual([user(bo, 3)]);
    expect(await revokedBy(() => ana.call('DELETE', member, undefined, seen(2)))).toEqual([user(bo, 4)]);
    expect(await revokedBy(() => ana.call('DELETE', `/auth/workspaces/${ana.workspaceId}`, undefined, seen(1)))).toEqual([user(ana)]);
  });
});
