import { writeFileSync } from 'node:fs';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import { Secret } from '@taskflow/http/secret';
import { testSecrets } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import type { FastifyBaseLogger } from 'fastify';
import postgres from 'postgres';
import { Webhook } from 'standardwebhooks';
import { v7 } from 'uuid';
import { afterAll, describe, expect, it } from 'vitest';
import { unseal } from '../src/keys.ts';
import { deleteOld } from '../src/retention.ts';
import { resealSecrets } from '../src/webhooks/reseal.ts';
import { type ReceivedCall, startReceiver } from './receivers.ts';
import { changeEvent, SECRETS, startNotifications } from './support.ts';

const { call, deliver, databaseUrl } = await startNotifications({
  WEBHOOK_ALLOW_HTTP: 'true',
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
  WEBHOOK_TIMEOUT_SECONDS: '1',
  RETRY_SECONDS: '0.05',
});
const sql = postgres(databaseUrl, { max: 2 });
afterAll(() => sql.end());

const as = (workspaceId: string, role: WorkspaceRole = 'owner', sub = v7()) => ({ sub, workspaces: { [workspaceId]: role } });

async function create(url: string, body: object = {}, workspaceId: string = v7(), sub = v7()) {
  const owner = as(workspaceId, 'owner', sub);
  const created = await call('POST', '/notifications/webhooks', { as: owner, body: { workspaceId, name: 'Chat', url, ...body } });
  expect(created.status).toBe(201);
  const path = `/notifications/webhooks/${created.body.id}`;
  const { id, secret } = created.body as { id: string; secret: string };
  return { id, secret, workspaceId, owner, path, headers: created.headers };
}
const deliveriesOf = async ({ path, owner }: Awaited<ReturnType<typeof create>>, query = '') =>
  (await call('GET', `${path}/deliveries${query}`, { as: owner })).body.items;
const settled = (webhook: Awaited<ReturnType<typeof create>>, count = 1) =>
  until(async () => {
    const items = await deliveriesOf(webhook);
    return items.length >= count && items.every(({ state }: { state: string }) => state !== 'pending') ? items : undefined;
  });
const verified = (secret: string, { body, headers }: ReceivedCall) => new Webhook(secret).verify(body, headers) as Record<string, unknown>;

describe('webhooks of a workspace', () => {
  it('201, 200, 204: created, listed, read, changed, deleted; the secret is shown once', async () => {
    const workspaceId = v7();
    const webhook = await create('https://example.org/hook', { eventTypes: ['task.created'] }, workspaceId);
    expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook.headers.get('location')).toBe(webhook.path);
    expect(webhook.headers.get('cache-control')).toBe('no-store');
    const stored = await sql`select secret from webhooks where id = ${webhook.id}`;
    expect(stored[0]!.secret.includes(Buffer.from(webhook.secret))).toBe(false);
    const read = await call('GET', webhook.path, { as: webhook.owner });
    expect(read).toMatchObject({
      status: 200,
      body: { name: 'Chat', enabled: true, eventTypes: ['task.created'], projectId: null, version: 1 },
    });
    expect(read.headers.get('etag')).toBe('"1"');
    expect(JSON.stringify(read.body)).not.toContain('whsec_');
    const other = await create('https://example.org/2', {}, workspaceId);
    const list = (query: string) => call('GET', `/notifications/webhooks?workspaceId=${workspaceId}${query}`, { as: webhook.owner });
    const first = (await list('&limit=1')).body;
    expect(first.items).toEqual([read.body]);
    expect((await list(`&cursor=${first.nextCursor}`)).body.items.map(({ id }: { id: string }) => id)).toEqual([other.id]);
    const changed = await call('PATCH', webhook.path, { as: webhook.owner, body: { enabled: false }, headers: { 'if-match': '"1"' } });
    expect(changed).toMatchObject({ status: 200, body: { enabled: false, disabledReason: 'by-hand', name: 'Chat', version: 2 } });
    const stale = await call('DELETE', webhook.path, { as: webhook.owner, headers: { 'if-match': '"1"' } });
    expect(stale).toMatchObject({ status: 412, body: { current: { version: 2 } } });
    expect((await call('DELETE', webhook.path, { as: webhook.owner })).status).toBe(428);
    expect((await call('DELETE', webhook.path, { as: webhook.owner, headers: { 'if-match': '"2"' } })).status).toBe(204);
    expect((await call('GET', webhook.path, { as: webhook.owner })).status).toBe(404);
  });

  it('400 for what is malformed, 412 and 428, 422 for an address that is refused or one webhook too many', async () => {
    const webhook = await create('https://example.org/hook');
    const { owner, workspaceId } = webhook;
    const good = { workspaceId, name: 'Chat', url: 'https://example.org' };
    const post = (body: object) => call('POST', '/notifications/webhooks', { as: owner, body: { ...good, ...body } });
    for (const body of [
      { name: '' },
      { name: 'a\0' },
      { url: 'https://a b' },
      { eventTypes: ['task.eaten'] },
      { secret: 'x' },
      { projectId: 1 },
    ]) {
      expect((await post(body)).status, JSON.stringify(body)).toBe(400);
    }
    for (const url of [
      'ftp://example.org',
      'https://10.0.0.1/',
      'https://[::1]/',
      'https://169.254.169.254/latest',
      'https://a:b@example.org',
    ]) {
      expect(await post({ url }), url).toMatchObject({
        status: 422,
        body: { code: 'url_refused', errors: [{ pointer: '/body/url', code: expect.stringMatching(/^url_|wrong_format/) }] },
      });
      const patched = await call('PATCH', webhook.path, { as: owner, body: { url }, headers: { 'if-match': '"1"' } });
      expect(patched.status).toBe(422);
    }
    expect((await call('PATCH', webhook.path, { as: owner, body: { name: 'X' } })).status).toBe(428);
    expect((await call('PATCH', webhook.path, { as: owner, body: { name: 'X' }, headers: { 'if-match': '"7"' } })).status).toBe(412);
    expect((await call('PATCH', webhook.path, { as: owner, body: { x: 1 }, headers: { 'if-match': '"1"' } })).status).toBe(400);
    await sql`
      insert into webhooks (id, workspace_id, name, url, event_types, secret, created_by)
      select gen_random_uuid(), ${workspaceId}, 'more', 'https://example.org', '{}', '', ${v7()} from generate_series(1, 48)`;
    const answers = await Promise.all([post({}), post({}), post({})]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
  });

  const ALLOWED: Record<WorkspaceRole, Record<'see' | 'manage', boolean>> = {
    owner: { see: true, manage: true },
    admin: { see: true, manage: true },
    member: { see: false, manage: false },
    guest: { see: false, manage: false },
  };
  const operations: Array<[string, string, object | undefined, 'see' | 'manage', number]> = [
    ['GET', '', undefined, 'see', 200],
    ['GET', '/deliveries', undefined, 'see', 200],
    ['GET', '/deliveries/$delivery', undefined, 'see', 200],
    ['PATCH', '', { name: 'New' }, 'manage', 200],
    ['POST', '/secret', {}, 'manage', 200],
    ['POST', '/ping', undefined, 'manage', 202],
    ['POST', '/deliveries/$delivery/replay', undefined, 'manage', 202],
    ['POST', '/replay', { since: '2020-01-01T00:00:00Z' }, 'manage', 202],
    ['DELETE', '', undefined, 'manage', 204],
  ];
  it.each(['owner', 'admin', 'member', 'guest'] as const)('as the role table says: %s', async (role) => {
    const receiver = await startReceiver();
    for (const [method, path, body, action, success] of operations) {
      const webhook = await create(receiver.url);
      await call('POST', `${webhook.path}/ping`, { as: webhook.owner });
      const [delivery] = await settled(webhook);
      const { body: current } = await call('GET', webhook.path, { as: webhook.owner });
      const target = webhook.path + path.replace('$delivery', delivery.id);
      const request = (who: object | null) =>
        call(method, target, {
          as: who,
          body,
          headers: ['PATCH', 'DELETE'].includes(method) ? { 'if-match': `"${current.version}"` } : {},
        });
      expect((await request(null)).status, `${method} ${path} without a token`).toBe(401);
      expect((await request(as(v7(), 'owner'))).status, `${method} ${path} from another workspace`).toBe(404);
      if (action === 'manage') expect((await request({ ...webhook.owner, scopes: ['read', 'write'] })).status).toBe(403);
      const expected = ALLOWED[role][action] ? success : 403;
      expect((await request(as(webhook.workspaceId, role))).status, `${role} ${method} ${path}`).toBe(expected);
    }
    const workspaceId = v7();
    const list = (who: object) => call('GET', `/notifications/webhooks?workspaceId=${workspaceId}`, { as: who });
    const post = (who: object) => call('POST', '/notifications/webhooks', { as: who, body: { workspaceId, name: 'a', url: receiver.url } });
    expect((await list(as(workspaceId, role))).status).toBe(ALLOWED[role].see ? 200 : 403);
    expect((await post(as(workspaceId, role))).status).toBe(ALLOWED[role].manage ? 201 : 403);
    expect((await list(as(v7()))).status).toBe(404);
    expect((await post(as(v7()))).status).toBe(404);
  });

  it('404 for what does not exist, 400 for what is no id, 401', async () => {
    const webhook = await create('https://example.org/hook');
    for (const [method, path, body] of operations) {
      const headers = { 'if-match': '"1"' };
      const target = path.replace('$delivery', v7());
      expect((await call(method, `/notifications/webhooks/${v7()}${target}`, { as: webhook.owner, body, headers })).status).toBe(404);
      expect((await call(method, `/notifications/webhooks/x${target}`, { as: webhook.owner, body, headers })).status).toBe(400);
      if (path.includes('$delivery')) expect((await call(method, webhook.path + target, { as: webhook.owner, body })).status).toBe(404);
    }
    expect((await call('GET', `/notifications/webhooks?workspaceId=${v7()}`, { as: null })).status).toBe(401);
    expect((await call('POST', '/notifications/webhooks', { as: null, body: {} })).status).toBe(401);
    expect((await call('GET', '/notifications/webhooks', { as: webhook.owner })).status).toBe(400);
  });
});

describe('a change', () => {
  it('is sent once to each webhook that wants it, signed, with the event’s id', async () => {
    const receiver = await startReceiver();
    const [workspaceId, projectId] = [v7(), v7()];
    const at = (name: string) => receiver.url.replace('hook', name);
    const all = await create(at('all'), {}, workspaceId);
    await create(at('project'), { projectId }, workspaceId);
    await create(at('moves'), { eventTypes: ['task.moved'] }, workspaceId);
    const off = await create(at('off'), {}, workspaceId);
    await call('PATCH', off.path, { as: off.owner, body: { enabled: false }, headers: { 'if-match': '"1"' } });
    await create(at('elsewhere'));
    const comment = changeEvent({ [v7()]: 'mentioned' }, { workspaceId, projectId, traceId: 'secret-trace' });
    const move = changeEvent({}, { workspaceId, type: 'task.moved' });
    await Promise.all([deliver(comment, move), deliver(move, comment), deliver(comment)]);
    await until(() => receiver.calls.length >= 4);
    await settled(all, 2);
    const sent = receiver.calls.map(({ url, headers }) => `${url} ${headers['webhook-id']}`).sort();
    expect(sent).toEqual([`/all ${comment.id}`, `/all ${move.id}`, `/moves ${move.id}`, `/project ${comment.id}`].sort());
    const received = receiver.calls.find(({ url, headers }) => url === '/all' && headers['webhook-id'] === comment.id)!;
    expect(received.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': expect.stringMatching(/^TaskFlow\//) });
    const body = verified(all.secret, received);
    expect(body).toMatchObject({
      type: 'comment.created',
      timestamp: comment.occurredAt,
      data: { id: comment.id, task: { humanId: 'ENG-12' } },
    });
    expect(received.body).not.toMatch(/secret-trace|"notify"|"cursor"/);
    const forged = { ...received, body: received.body.replace('ENG-12', 'ENG-13') };
    expect(() => verified(all.secret, forged)).toThrow();
  });

  it('carries two signatures while a secret is rotated', async () => {
    const receiver = await startReceiver();
    const webhook = await create(receiver.url);
    const rotate = (overlapHours: number) => call('POST', `${webhook.path}/secret`, { as: webhook.owner, body: { overlapHours } });
    const second = (await rotate(1)).body;
    expect(second.previousSecretUntil).not.toBeNull();
    await call('POST', `${webhook.path}/ping`, { as: webhook.owner });
    await settled(webhook);
    for (const secret of [webhook.secret, second.secret])
      expect(verified(secret, receiver.calls[0]!)).toMatchObject({ type: 'webhook.ping' });
    const third = (await rotate(0)).body;
    await call('POST', `${webhook.path}/ping`, { as: webhook.owner });
    await settled(webhook, 2);
    expect(verified(third.secret, receiver.calls[1]!)).toBeTruthy();
    for (const secret of [webhook.secret, second.secret]) expect(() => verified(secret, receiver.calls[1]!)).toThrow();
  });

  it('is tried again with the same id and body until it is taken, and every attempt is in the log', async () => {
    const receiver = await startReceiver((_call, response) => {
      if (receiver.calls.length === 1) response.writeHead(500).end('broken\0');
      else if (receiver.calls.length === 2) response.destroy();
      else response.end('thanks');
    });
    const webhook = await create(receiver.url);
    const event = changeEvent({}, { workspaceId: webhook.workspaceId });
    await deliver(event);
    const [delivery] = await settled(webhook);
    expect(delivery).toMatchObject({
      state: 'delivered',
      attempts: 3,
      messageId: event.id,
      nextAttemptAt: null,
      deliveredAt: expect.any(String),
    });
    expect(new Set(receiver.calls.map(({ headers, body }) => headers['webhook-id'] + body)).size).toBe(1);
    const { body } = await call('GET', `${webhook.path}/deliveries/${delivery.id}`, { as: webhook.owner });
    expect(body.body).toBe(receiver.calls[0]!.body);
    expect(body.log).toMatchObject([
      { number: 1, status: 500, error: 'answered 500', answer: 'broken\uFFFD', requestId: receiver.calls[0]!.headers['x-request-id'] },
      { number: 2, status: null, error: 'the connection broke' },
      { number: 3, status: 200, error: null, answer: 'thanks' },
    ]);
    expect((await call('GET', webhook.path, { as: webhook.owner })).body.failingSince).toBeNull();
  });

  it('fails when its day is over; replays send it again with the same id', async () => {
    let broken = true;
    const receiver = await startReceiver((_call, response) => response.writeHead(broken ? 503 : 200).end());
    const webhook = await create(receiver.url);
    const since = new Date().toISOString();
    const events = [1, 2, 3].map(() => changeEvent({}, { workspaceId: webhook.workspaceId }));
    await deliver(...events);
    await until(() => receiver.calls.length >= 3);
    const [waiting] = await deliveriesOf(webhook);
    expect(waiting).toMatchObject({ state: 'pending', nextAttemptAt: expect.any(String) });
    const again = (id: string) => call('POST', `${webhook.path}/deliveries/${id}/replay`, { as: webhook.owner });
    expect(await again(waiting.id)).toMatchObject({ status: 409, body: { code: 'delivery_pending' } });
    await sql`update deliveries set give_up_at = now(), due_at = now() where webhook_id = ${webhook.id} and state = 'pending'`;
    const failed = await settled(webhook, 3);
    expect(failed.map(({ state }: { state: string }) => state)).toEqual(['failed', 'failed', 'failed']);
    expect(await deliveriesOf(webhook, '?state=delivered')).toEqual([]);
    const page = (await call('GET', `${webhook.path}/deliveries?limit=2`, { as: webhook.owner })).body;
    expect(await deliveriesOf(webhook, `?cursor=${page.nextCursor}`)).toEqual([failed[2]]);

    broken = false;
    receiver.calls.length = 0;
    expect(await again(failed[0].id)).toMatchObject({ status: 202, body: { state: 'pending' } });
    expect(await settled(webhook, 3)).toMatchObject([{ state: 'delivered' }, { state: 'failed' }, { state: 'failed' }]);
    expect(receiver.calls.map(({ headers }) => headers['webhook-id'])).toEqual([failed[0].messageId]);
    const replay = (body: object) => call('POST', `${webhook.path}/replay`, { as: webhook.owner, body });
    expect((await replay({ since: new Date(Date.now() + 60_000).toISOString() })).body).toEqual({ replayed: 0 });
    expect(await replay({ since })).toMatchObject({ status: 202, body: { replayed: 2 } });
    await until(() => receiver.calls.length === 3);
    await settled(webhook, 3);
    expect(receiver.calls.map(({ headers }) => headers['webhook-id']).sort()).toEqual(events.map(({ id }) => id).sort());
    expect((await replay({ since, state: 'all' })).body).toEqual({ replayed: 3 });
    expect((await replay({ since: 'yesterday' })).status).toBe(400);
    await settled(webhook, 3);
    const { version } = (await call('GET', webhook.path, { as: webhook.owner })).body;
    await call('PATCH', webhook.path, { as: webhook.owner, body: { enabled: false }, headers: { 'if-match': `"${version}"` } });
    for (const path of ['/replay', '/ping', `/deliveries/${failed[0].id}/replay`]) {
      const body = path === '/replay' ? { since } : undefined;
      expect(await call('POST', webhook.path + path, { as: webhook.owner, body })).toMatchObject({
        status: 409,
        body: { code: 'webhook_disabled' },
      });
    }
  });

  it('does not wait for a slow receiver of another', async () => {
    const slow = await startReceiver(() => {});
    const quick = await startReceiver();
    const workspaceId = v7();
    await create(slow.url, {}, workspaceId);
    await create(quick.url, {}, workspaceId);
    const events = Array.from({ length: 60 }, () => changeEvent({}, { workspaceId }));
    const begin = performance.now();
    await deliver(...events);
    await until(() => new Set(quick.calls.map(({ headers }) => headers['webhook-id'])).size === 60);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(slow.calls.length).toBeLessThan(30);
    await sql`delete from webhooks where workspace_id = ${workspaceId}`;
  });
});

it('the secrets are sealed anew when the signing key is rotated, so that the old key can go', async () => {
  const receiver = await startReceiver();
  const directory = testSecrets({ 'database-url': databaseUrl, ...SECRETS, 'notifications-signing-key': 'older' });
  const signingKey = new Secret(directory, 'notifications-signing-key');
  const webhook = await create(receiver.url);
  const rotated = (await call('POST', `${webhook.path}/secret`, { as: webhook.owner, body: {} })).body;
  const write = async (value: string) => {
    const changed = new Promise<void>((resolve) => signingKey.onChange(resolve));
    writeFileSync(signingKey.file, value);
    await changed;
  };
  await write(`newer\n${SECRETS['notifications-signing-key']}`);
  const log = { error: () => {} } as unknown as FastifyBaseLogger;
  await resealSecrets(sql, signingKey, log);
  const [row] = await sql`select secret, previous_secret from webhooks where id = ${webhook.id}`;
  expect(unseal({ keys: ['newer'] }, webhook.id, row!.secret)).toBe(rotated.secret);
  expect(unseal({ keys: ['newer'] }, webhook.id, row!.previous_secret)).toBe(webhook.secret);
  await resealSecrets(sql, signingKey, log);
  expect((await sql`select secret from webhooks where id = ${webhook.id}`)[0]!.secret).toEqual(row!.secret);
  // the service of this file does not have the newer key: it says so in the log instead of sending what is not signed
  await call('POST', `${webhook.path}/ping`, { as: webhook.owner });
  await until(async () => (await deliveriesOf(webhook))[0]?.lastAttempt?.error === 'its secret cannot be opened: rotate it');
  expect(receiver.calls).toEqual([]);
  await sql`delete from webhooks where id = ${webhook.id}`;
});

describe('a webhook is disabled, and who made it is told,', () => {
  const noteTo = async (sub: string) => (await call('GET', '/notifications/inbox', { as: { sub } })).body.items;

  it('when the receiver says 410 Gone', async () => {
    const receiver = await startReceiver((_call, response) => response.writeHead(410).end());
    const webhook = await create(receiver.url);
    await call('POST', `${webhook.path}/ping`, { as: webhook.owner });
    expect(await settled(webhook)).toMatchObject([{ state: 'failed', attempts: 1 }]);
    expect((await call('GET', webhook.path, { as: webhook.owner })).body).toMatchObject({ enabled: false, disabledReason: 'gone' });
    expect(await noteTo(webhook.owner.sub)).toMatchObject([
      { reason: 'system', type: 'webhook.disabled', title: 'Chat', actorName: 'TaskFlow' },
    ]);
  });

  it('when it has only failed for days; enabled again it gets what waited', async () => {
    let broken = true;
    const receiver = await startReceiver((_call, response) => response.writeHead(broken ? 500 : 200).end());
    const webhook = await create(receiver.url);
    await call('POST', `${webhook.path}/ping`, { as: webhook.owner });
    const read = async () => (await call('GET', webhook.path, { as: webhook.owner })).body;
    await until(async () => (await read()).failingSince);
    expect((await read()).enabled).toBe(true);
    await sql`update webhooks set failing_since = now() - interval '6 days' where id = ${webhook.id}`;
    await until(async () => !(await read()).enabled);
    expect(await read()).toMatchObject({ disabledReason: 'failing' });
    expect(await noteTo(webhook.owner.sub)).toHaveLength(1);
    broken = false;
    const { version } = await read();
    await call('PATCH', webhook.path, { as: webhook.owner, body: { enabled: true }, headers: { 'if-match': `"${version}"` } });
    expect(await settled(webhook)).toMatchObject([{ state: 'delivered' }]);
    expect(await read()).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
  });
});

it('deletes what is old, and keeps what is not', async () => {
  const receiver = await startReceiver();
  const ana = v7();
  const webhook = await create(receiver.url);
  const [old, recent] = [1, 2].map(() => changeEvent({ [ana]: 'mentioned' }, { workspaceId: webhook.workspaceId }));
  await deliver(old!, recent!);
  await settled(webhook, 2);
  await sql`update notifications set created_at = now() - interval '31 days' where event_id = ${old!.id}`;
  await sql`update deliveries set created_at = now() - interval '11 days' where event_id = ${old!.id}`;
  await deleteOld({ sql, inboxDays: 30, logDays: 10, log: undefined as never });
  expect(await deliveriesOf(webhook)).toMatchObject([{ messageId: recent!.id }]);
  const inbox = (await call('GET', '/notifications/inbox', { as: { sub: ana } })).body.items;
  expect(inbox.map(({ taskId }: { taskId: string }) => taskId)).toEqual([recent!.taskId]);
  await deliver(old!); // still known
  expect((await call('GET', '/notifications/inbox', { as: { sub: ana } })).body.items).toHaveLength(1);
  await sql`update events set received_at = now() - interval '91 days' where id = ${old!.id}`;
  await deleteOld({ sql, inboxDays: 30, logDays: 10, log: undefined as never });
  expect((await sql`select id from events where id in (${old!.id}, ${recent!.id})`).map(({ id }) => id)).toEqual([recent!.id]);
});
