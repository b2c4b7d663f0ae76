import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, type Person, personOf, seen, testAuth, together } from './auth.ts';

const auth = await testAuth();
const { call, sql } = auth;

/** The owner invites, a new account accepts. */
async function joins(owner: Person, role = 'member', workspaceId = owner.workspaceId): Promise<Person> {
  const { body } = await owner.call('POST', `/auth/workspaces/${workspaceId}/invitations`, { role });
  return auth.person({ invitation: body.token });
}

/** A role change refuses the access tokens in use: sign in for the next one. */
const again = async (person: Person) => personOf(call, await call('POST', '/auth/login', { email: person.email, password: PASSWORD }));

describe('/auth/workspaces', () => {
  it('POST 201 makes one that the caller owns, and hands out the next access token', async () => {
    const ana = await auth.person();
    const reply = await ana.call('POST', '/auth/workspaces', { name: 'Second' });
    expect(reply).toMatchObject({ status: 201, body: { workspace: { name: 'Second', role: 'owner', members: 1, version: 1 } } });
    const { id } = reply.body.workspace;
    expect(reply.headers.get('location')).toBe(`/auth/workspaces/${id}`);
    expect(decodeJwt(reply.body.accessToken)).toMatchObject({ workspaces: { [ana.workspaceId]: 'owner', [id]: 'owner' } });
    const headers = { authorization: `Bearer ${reply.body.accessToken}` };
    const list = await call('GET', '/auth/workspaces', undefined, headers);
    expect(list.body.items).toMatchObject([{ id: ana.workspaceId }, { id }]);
    expect((await call('GET', `/auth/workspaces/${id}`, undefined, headers)).headers.get('etag')).toBe('"1"');
  });

  it('POST again with the same Idempotency-Key makes no second one', async () => {
    const ana = await auth.person();
    const key = { 'idempotency-key': randomUUID() };
    const first = await ana.call('POST', '/auth/workspaces', { name: 'Once' }, key);
    const second = await (await again(ana)).call('POST', '/auth/workspaces', { name: 'Once' }, key);
    expect(second).toMatchObject({ status: 201, body: { workspace: { id: first.body.workspace.id } } });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  it('409 beyond a hundred, made or joined', async () => {
    const [ana, bo] = [await auth.person(), await auth.person()];
    await sql`
      with made as (insert into workspaces (id, name) select gen_random_uuid(), 'x' from generate_series(1, 99) returning id)
      insert into members (workspace_id, user_id, role) select id, ${ana.user.id}, 'member' from made`;
    expect(await ana.call('POST', '/auth/workspaces', { name: 'x' })).toMatchObject({ status: 409, body: { code: 'too_many' } });
    const { body } = await bo.call('POST', `/auth/workspaces/${bo.workspaceId}/invitations`, {});
    expect(await ana.call('POST', '/auth/invitations/accept', { token: body.token })).toMatchObject({
      status: 409,
      body: { code: 'too_many' },
    });
  });

  it('PATCH 200 renames, 412 when stale, 428 without If-Match, 400', async () => {
    const ana = await auth.person();
    const path = `/auth/workspaces/${ana.workspaceId}`;
    expect(await ana.call('PATCH', path, { name: 'Renamed' }, seen(1))).toMatchObject({
      status: 200,
      body: { name: 'Renamed', version: 2 },
    });
    expect(await ana.call('PATCH', path, { name: 'x' }, seen(1))).toMatchObject({ status: 412, body: { current: { name: 'Renamed' } } });
    expect((await ana.call('PATCH', path, { name: 'x' })).status).toBe(428);
    expect((await ana.call('PATCH', path, { owner: 'x' }, seen(2))).status).toBe(400);
  });

  it('DELETE 204 takes it from all its members, 412 when stale, 428', async () => {
    const ana = await auth.person();
    const bo = await joins(ana);
    const path = `/auth/workspaces/${ana.workspaceId}`;
    expect((await ana.call('DELETE', path)).status).toBe(428);
    expect((await ana.call('DELETE', path, undefined, seen(5))).status).toBe(412);
    expect((await ana.call('DELETE', path, undefined, seen(1))).status).toBe(204);
    expect((await bo.call('GET', '/auth/me')).status).toBe(401);
    const { body } = await auth.exchange(bo.cookie);
    expect(decodeJwt(body.accessToken).workspaces).toEqual({});
    expect((await (await again(ana)).call('GET', path)).status).toBe(404);
  });
});

describe('who may do what in a workspace', () => {
  const people: Record<string, Person> = {};
  let id = '';
  let invitationId = '';
  const path = (rest = '') => `/auth/workspaces/${id}${rest}`;

  beforeAll(async () => {
    const owner = await auth.person();
    id = owner.workspaceId;
    for (const role of ['admin', 'member', 'guest']) people[role] = await joins(owner, role);
    people.owner = owner;
    people.stranger = await auth.person();
    invitationId = (await owner.call('POST', path('/invitations'), {})).body.id;
  });

  // Writes name a version that is stale, or a thing that is not there, so that being allowed changes nothing.
  const acts: Array<[string, (person: Person) => Promise<{ status: number }>, number, string[]]> = [
    ['see the workspace', (who) => who.call('GET', path()), 200, ['owner', 'admin', 'member', 'guest']],
    ['rename it', (who) => who.call('PATCH', path(), { name: 'x' }, seen(99)), 412, ['owner', 'admin']],
    ['delete it', (who) => who.call('DELETE', path(), undefined, seen(99)), 412, ['owner']],
    ['hand it over', (who) => who.call('POST', path('/transfer'), { userId: people.owner!.user.id }), 409, ['owner']],
    ['see the members', (who) => who.call('GET', path('/members')), 200, ['owner', 'admin', 'member', 'guest']],
    [
      "change a member's role",
      (who) => who.call('PATCH', path(`/members/${people.member!.user.id}`), { role: 'guest' }, seen(99)),
      412,
      ['owner', 'admin'],
    ],
    ['make an owner', (who) => who.call('PATCH', path(`/members/${people.member!.user.id}`), { role: 'owner' }, seen(99)), 412, ['owner']],
    [
      "change an owner's role",
      (who) => who.call('PATCH', path(`/members/${people.owner!.user.id}`), { role: 'guest' }, seen(99)),
      412,
      ['owner'],
    ],
    [
      'remove a guest',
      (who) => who.call('DELETE', path(`/members/${people.guest!.user.id}`), undefined, seen(99)),
      412,
      ['owner', 'admin', 'guest'],
    ],
    ['remove an owner', (who) => who.call('DELETE', path(`/members/${people.owner!.user.id}`), undefined, seen(99)), 412, ['owner']],
    ['see invitations', (who) => who.call('GET', path('/invitations')), 200, ['owner', 'admin']],
    ['invite', (who) => who.call('POST', path('/invitations'), {}), 201, ['owner', 'admin']],
    ['take back an invitation', (who) => who.call('DELETE', path(`/invitations/${randomUUID()}`)), 404, ['owner', 'admin']],
    ['read its audit records', (who) => who.call('GET', `/auth/audit?workspaceId=${id}`), 200, ['owner', 'admin']],
  ];

  it.each(acts)('%s', async (_name, act, allowed, roles) => {
    for (const role of ['owner', 'admin', 'member', 'guest']) {
      expect((await act(people[role]!)).status, role).toBe(roles.includes(role) ? allowed : 403);
    }
    expect((await act(people.stranger!)).status, 'stranger').toBe(404);
  });

  it('what is in it cannot be reached through another workspace', async () => {
    const stranger = people.stranger!;
    const own = `/auth/workspaces/${stranger.workspaceId}`;
    const member = people.member!.user.id;
    expect((await stranger.call('PATCH', `${own}/members/${member}`, { role: 'guest' }, seen(1))).status).toBe(404);
    expect((await stranger.call('DELETE', `${own}/members/${member}`, undefined, seen(1))).status).toBe(404);
    expect((await stranger.call('DELETE', `${own}/invitations/${invitationId}`)).status).toBe(404);
    expect((await stranger.call('POST', `${own}/transfer`, { userId: member })).status).toBe(404);
  });
});

describe('members', () => {
  it('GET 200 pages through them; guests see no e-mail', async () => {
    const ana = await auth.person();
    const bo = await joins(ana);
    const guest = await joins(ana, 'guest');
    const path = `/auth/workspaces/${ana.workspaceId}/members`;
    const first = await ana.call('GET', `${path}?limit=2`);
    expect(first.body.items).toMatchObject([
      { userId: ana.user.id, role: 'owner', email: ana.email, active: true, version: 1 },
      { userId: bo.user.id, role: 'member', email: bo.email },
    ]);
    const second = await ana.call('GET', `${path}?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ userId: guest.user.id, role: 'guest' }], nextCursor: null });
    const seenByGuest = (await guest.call('GET', path)).body.items as Array<{ email: string | null }>;
    expect(seenByGuest.map(({ email }) => email)).toEqual([null, null, null]);
  });

  it('PATCH 200 changes a role, which holds at once', async () => {
    const ana = await auth.person();
    const bo = await joins(ana);
    const path = `/auth/workspaces/${ana.workspaceId}/members/${bo.user.id}`;
    expect(await ana.call('PATCH', path, { role: 'admin' }, seen(1))).toMatchObject({ status: 200, body: { role: 'admin', version: 2 } });
    expect((await bo.call('GET', '/auth/me')).status).toBe(401);
    const { body } = await auth.exchange(bo.cookie);
    expect(decodeJwt(body.accessToken)).toMatchObject({ workspaces: { [ana.workspaceId]: 'admin' } });
    expect((await auth.acts('member.role-changed')).at(-1)).toMatchObject({
      actorId: ana.user.id,
      subject: `user:${bo.user.id}`,
      workspaceId: ana.workspaceId,
      details: { from: 'member', to: 'admin' },
    });
    expect((await ana.call('PATCH', path, { role: 'king' }, seen(2))).status).toBe(400);
    expect((await ana.call('PATCH', path, { role: 'member' })).status).toBe(428);
    expect(await ana.call('PATCH', path, { role: 'member' }, seen(1))).toMatchObject({ status: 412, body: { current: { role: 'admin' } } });
  });

  it('DELETE 204 removes, and lets one leave', async () => {
    const ana = await auth.person();
    const [bo, cy] = [await joins(ana), await joins(ana)];
    const path = `/auth/workspaces/${ana.workspaceId}/members`;
    expect((await ana.call('DELETE', `${path}/${bo.user.id}`, undefined, seen(1))).status).toBe(204);
    expect((await cy.call('DELETE', `${path}/${cy.user.id}`, undefined, seen(1))).status).toBe(204);
    expect((await ana.call('GET', path)).body.items).toMatchObject([{ userId: ana.user.id }]);
    expect((await (await again(bo)).call('GET', path)).status).toBe(404);
    expect((await auth.acts('member.left')).at(-1)).toMatchObject({ actorId: cy.user.id });
  });

  it('409 rather than no owner, also when the last two leave at once', async () => {
    const ana = await auth.person();
    const path = `/auth/workspaces/${ana.workspaceId}/members`;
    const leave = (who: Person, version: number) => who.call('DELETE', `${path}/${who.user.id}`, undefined, seen(version));
    expect(await leave(ana, 1)).toMatchObject({ status: 409, body: { code: 'last_owner' } });
    expect(await ana.call('PATCH', `${path}/${ana.user.id}`, { role: 'admin' }, seen(1))).toMatchObject({ body: { code: 'last_owner' } });
    const bo = await joins(ana);
    await ana.call('PATCH', `${path}/${bo.user.id}`, { role: 'owner' }, seen(1));
    const owner = await again(bo);
    const replies = await together(sql, 'audit_records', [() => leave(ana, 1), () => leave(owner, 2)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 409]);
  });
});

describe('POST /auth/workspaces/:id/transfer', () => {
  it('200 makes the other the owner and the caller admin', async () => {
    const ana = await auth.person();
    const bo = await joins(ana, 'guest');
    const reply = await ana.call('POST', `/auth/workspaces/${ana.workspaceId}/transfer`, { userId: bo.user.id });
    expect(reply.status).toBe(200);
    expect(decodeJwt(reply.body.accessToken)).toMatchObject({ workspaces: { [ana.workspaceId]: 'admin' } });
    expect((await again(bo)).user.workspaces).toMatchObject([{ id: ana.workspaceId, role: 'owner' }]);
  });

  it('404 for who is no member, 409 for an owner or a disabled account', async () => {
    const ana = await auth.person();
    const bo = await joins(ana);
    const transfer = (userId: string) => ana.call('POST', `/auth/workspaces/${ana.workspaceId}/transfer`, { userId });
    expect((await transfer(randomUUID())).status).toBe(404);
    expect(await transfer(ana.user.id)).toMatchObject({ status: 409, body: { code: 'already_owner' } });
    await sql`update users set disabled_at = now() where id = ${bo.user.id}`;
    expect(await transfer(bo.user.id)).toMatchObject({ status: 409, body: { code: 'account_inactive' } });
  });
});

describe('invitations', () => {
  const invite = async (owner: Person, body = {}) =>
    (await owner.call('POST', `/auth/workspaces/${owner.workspaceId}/invitations`, body)).body;

  it('201 shows the link once; a new account joins with it, without a workspace of its own', async () => {
    const ana = await auth.person();
    const invitation = await invite(ana, { role: 'guest' });
    expect(invitation).toMatchObject({ role: 'guest', email: null, invitedBy: ana.user.id });
    expect(invitation.url).toBe(`http://localhost:8080/invitation#${invitation.token}`);
    const list = await ana.call('GET', `/auth/workspaces/${ana.workspaceId}/invitations`);
    expect(list.body.items).toMatchObject([{ id: invitation.id }]);
    expect(JSON.stringify(list.body)).not.toContain(invitation.token);
    const bo = await auth.person({ invitation: invitation.token });
    expect(bo.user.workspaces).toEqual([{ id: ana.workspaceId, name: ana.user.workspaces[0]!.name, role: 'guest' }]);
    expect((await ana.call('GET', `/auth/workspaces/${ana.workspaceId}/invitations`)).body.items).toEqual([]);
  });

  it('is previewed without an account', async () => {
    const ana = await auth.person();
    const { token } = await invite(ana, { email: 'bo@example.com' });
    expect(await call('POST', '/auth/invitations/preview', { token })).toMatchObject({
      status: 200,
      body: { workspace: { id: ana.workspaceId }, role: 'member', invitedBy: 'Ana Example', email: 'bo@example.com' },
    });
    expect(await call('POST', '/auth/invitations/preview', { token: 'x'.repeat(43) })).toMatchObject({
      status: 404,
      body: { code: 'invitation_invalid' },
    });
    expect((await call('POST', '/auth/invitations/preview', {})).status).toBe(400);
  });

  it('is accepted by an account that exists, which gets the next access token', async () => {
    const [ana, bo] = [await auth.person(), await auth.person()];
    const reply = await bo.call('POST', '/auth/invitations/accept', { token: (await invite(ana)).token });
    expect(reply).toMatchObject({ status: 200, body: { workspace: { id: ana.workspaceId, role: 'member', members: 2 } } });
    expect(decodeJwt(reply.body.accessToken)).toMatchObject({ workspaces: { [ana.workspaceId]: 'member', [bo.workspaceId]: 'owner' } });
  });

  it('is good for one person, also when two come at once', async () => {
    const ana = await auth.person();
    const { token } = await invite(ana);
    const [bo, cy] = [await auth.person(), await auth.person()];
    const accept = (who: Person) => () => who.call('POST', '/auth/invitations/accept', { token });
    const replies = await together(sql, 'audit_records', [accept(bo), accept(cy)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  it('409 when one is a member already; the invitation is not used up', async () => {
    const ana = await auth.person();
    const { token } = await invite(ana);
    expect(await ana.call('POST', '/auth/invitations/accept', { token })).toMatchObject({ status: 409, body: { code: 'already_member' } });
    expect((await call('POST', '/auth/invitations/preview', { token })).status).toBe(200);
  });

  it('403 for another e-mail address than the one it is for, in whatever case', async () => {
    const [ana, bo, cy] = [await auth.person(), await auth.person(), await auth.person()];
    const { token } = await invite(ana, { email: bo.email.toUpperCase() });
    expect(await cy.call('POST', '/auth/invitations/accept', { token })).toMatchObject({
      status: 403,
      body: { code: 'invitation_for_another' },
    });
    expect((await bo.call('POST', '/auth/invitations/accept', { token })).status).toBe(200);
  });

  it('404 when expired, taken back, or its workspace is gone', async () => {
    const [ana, bo] = [await auth.person(), await auth.person()];
    const accept = (token: string) => bo.call('POST', '/auth/invitations/accept', { token });
    const expired = await invite(ana);
    await sql`update invitations set expires_at = now() where id = ${expired.id}`;
    expect((await accept(expired.token)).status).toBe(404);
    const takenBack = await invite(ana);
    expect((await ana.call('DELETE', `/auth/workspaces/${ana.workspaceId}/invitations/${takenBack.id}`)).status).toBe(204);
    expect((await accept(takenBack.token)).status).toBe(404);
    const gone = await invite(ana);
    await ana.call('DELETE', `/auth/workspaces/${ana.workspaceId}`, undefined, seen(1));
    expect((await accept(gone.token)).status).toBe(404);
  });

  it('400 for owner as role, or for long', async () => {
    const ana = await auth.person();
    for (const body of [{ role: 'owner' }, { expiresInDays: 31 }, { email: 'x' }]) {
      expect((await ana.call('POST', `/auth/workspaces/${ana.workspaceId}/invitations`, body)).status).toBe(400);
    }
  });

  it('an account that cannot be made does not use it up', async () => {
    const ana = await auth.person();
    const { token } = await invite(ana);
    const body = { email: ana.email, password: PASSWORD, name: 'Ana', invitation: token };
    expect((await call('POST', '/auth/register', body)).status).toBe(409);
    expect((await call('POST', '/auth/invitations/preview', { token })).status).toBe(200);
    const wrong = { ...body, email: `${randomUUID()}@example.com`, invitation: 'x'.repeat(43) };
    expect((await call('POST', '/auth/register', wrong)).status).toBe(404);
    expect((await sql`select from users where email = ${wrong.email}`).length).toBe(0);
  });
});
