import { randomUUID } from 'node:crypto';
import { requireIdentity } from '@taskflow/http/identity';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { testServer } from '@taskflow/testing/http-server';
import { testDatabase } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import { type Static, Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Sql } from '../src/database.ts';
import { completeInTransaction, ensureIdempotencyTable, purgeIdempotency, useIdempotency } from '../src/idempotency.ts';

const Thing = Type.Object({ id: Type.String(), name: Type.String() });
type Thing = Static<typeof Thing>;
const NewThing = Type.Object({ name: Type.String() }, { additionalProperties: false });

let sql: Sql;
let app: Server;
/** What the handlers wait for before they answer. */
let gate: Promise<void> = Promise.resolve();
let arrivals = 0;
let failCommit = false;

beforeAll(async () => {
  sql = connect({ url: await testDatabase('idempotency'), service: 'test' });
  await ensureIdempotencyTable(sql);
  await sql`create table things (id uuid primary key default gen_random_uuid(), name text not null, approved boolean not null default true)`;
  // Fails at commit, after everything in the transaction went well.
  await sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'refused at commit'; end $$;
    create constraint trigger refuse after insert on things deferrable initially deferred for each row when (new.name = 'refused') execute function refuse()`);
  app = await testServer((server) => server.register(routes));
});

afterAll(() => sql.end({ timeout: 1 }));

async function routes(context: Server): Promise<void> {
  const user = async (token: string) => ({
    userId: token,
    sessionId: token,
    name: '',
    handle: '',
    admin: false,
    workspaces: {},
    scopes: ['read' as const, 'write' as const],
    expiresAt: Number.POSITIVE_INFINITY,
  });
  requireIdentity(context, user);
  await useIdempotency(context, sql);
  const schema = { body: NewThing, response: { 201: Thing } };

  context.post('/plain', { schema }, async (request, reply) => {
    const { name } = request.body;
    if (name === 'broken') throw new Error('no luck');
    if (name === 'forbidden') throw problems.forbidden();
    const [thing] = await sql<Thing[]>`insert into things (name) values (${name}) returning id, name`;
    await passGate();
    return reply.code(201).header('etag', '"1"').header('location', `/plain/${thing!.id}`).send(thing!);
  });
  context.post('/atomic', { schema, config: { idempotency: 'in transaction' } }, async (request, reply) => {
    const { name } = request.body;
    const thing = await sql.begin(async (tx) => {
      const [row] = await tx<Thing[]>`insert into things (name) values (${name}) returning id, name, approved`;
      await passGate();
      reply.code(201).header('etag', '"1"');
      return completeInTransaction(tx, reply, row!);
    });
    if (failCommit) throw new Error('crashed after the commit');
    return thing;
  });
  context.post('/undeclared', { schema }, async (_request, reply) =>
    sql.begin((tx) => completeInTransaction(tx, reply, { id: '', name: '' })),
  );
  context.post('/secret', { schema, config: { idempotency: 'off' } }, async (_request, reply) => {
    reply.code(201);
    return { id: randomUUID(), name: '' };
  });
  context.post('/things/:id/approve', async (_request, reply) => reply.code(204).send());
  context.get('/plain', async () => ({ at: randomUUID() }));
}

interface Post {
  path?: string;
  key?: string;
  name?: string;
  user?: string;
}

const post = ({ path = '/plain', key = randomUUID(), name = 'one', user = 'ana' }: Post = {}) =>
  fetch(app.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${user}`, 'idempotency-key': key },
    body: JSON.stringify({ name }),
  });
const things = async (name: string) => (await sql`select id from things where name = ${name}`).length;
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
const age = (key: string, interval: string) =>
  sql`update idempotency_keys set created_at = created_at - ${interval}::interval, leased_until = leased_until - ${interval}::interval where key = ${key}`;
/** Leaves the claim of a process that was killed while its handler ran. */
const abandon = async (key: string) => {
  await sql`update idempotency_keys set status = null, headers = null, body = null where key = ${key}`;
  await age(key, '1 minute');
};
function passGate(): Promise<void> {
  arrivals += 1;
  return gate;
}
function closeGate(): () => void {
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  return open;
}

describe.each(['/plain', '/atomic'])('POST %s', (path) => {
  it('replays status, headers and body to the same request and acts once', async () => {
    const key = randomUUID();
    const first = await post({ path, key, name: `replay ${path}` });
    const again = await post({ path, key, name: `replay ${path}` });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(await again.text()).toBe(await first.text());
    for (const name of ['content-type', 'etag', 'location']) expect(again.headers.get(name)).toBe(first.headers.get(name));
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(await things(`replay ${path}`)).toBe(1);
  });

  it('422 for another body with the same key', async () => {
    const key = randomUUID();
    await post({ path, key });
    const other = await post({ path, key, name: 'two' });
    expect([other.status, await codeOf(other)]).toEqual([422, 'idempotency_key_reused']);
  });

  it('409 with Retry-After while the first request runs, for each of many at once', async () => {
    const key = randomUUID();
    const open = closeGate();
    const refused: Response[] = [];
    const attempts = Array.from({ length: 8 }, async () => {
      const answer = await post({ path, key, name: `race ${path}` });
      if (answer.status !== 201) refused.push(answer);
      return answer;
    });
    await until(() => refused.length === 7);
    for (const answer of refused) expect([answer.status, answer.headers.get('retry-after')]).toEqual([409, '1']);
    open();
    expect((await Promise.all(attempts)).filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await post({ path, key, name: `race ${path}` })).status).toBe(201);
    expect(await things(`race ${path}`)).toBe(1);
  });

  it('runs anew for another user, another key, and after a day', async () => {
    const key = randomUUID();
    const name = `scope ${path}`;
    await post({ path, key, name });
    await post({ path, key, name, user: 'ben' });
    await post({ path, name });
    expect(await things(name)).toBe(3);
    await age(key, '25 hours');
    await post({ path, key, name });
    expect(await things(name)).toBe(4);
  });
});

it('gives each route its own keys, and each URL of a route its own request', async () => {
  const key = randomUUID();
  await post({ key });
  expect((await post({ key, path: '/atomic' })).headers.get('idempotency-replayed')).toBeNull();
  expect((await post({ key, path: '/things/1/approve' })).status).toBe(204);
  const replayed = await post({ key, path: '/things/1/approve' });
  expect([replayed.status, replayed.headers.get('idempotency-replayed')]).toEqual([204, 'true']);
  expect((await post({ key, path: '/things/2/approve' })).status).toBe(422);
});

it('keeps refusals but not server errors', async () => {
  const refused = randomUUID();
  expect((await post({ key: refused, name: 'forbidden' })).status).toBe(403);
  expect((await post({ key: refused, name: 'forbidden' })).headers.get('idempotency-replayed')).toBe('true');
  const broken = randomUUID();
  expect((await post({ key: broken, name: 'broken' })).status).toBe(500);
  expect((await post({ key: broken, name: 'one' })).status).toBe(201);
});

it('400 for a key that is empty, too long or not ASCII', async () => {
  for (const key of ['', '"', 'a b', 'x'.repeat(256), '"a"b"']) expect((await post({ key })).status, key).toBe(400);
  for (const key of ['x'.repeat(255), '"a b"']) expect((await post({ key })).status, key).toBe(201);
});

it('leaves other methods, streamed bodies and routes that are off alone', async () => {
  const headers = { authorization: 'Bearer ana', 'idempotency-key': randomUUID() };
  const read = async () => (await fetch(`${app.url}/plain`, { headers })).text();
  expect(await read()).not.toBe(await read());
  const key = randomUUID();
  const secrets = [await post({ path: '/secret', key }), await post({ path: '/secret', key })];
  expect(await secrets[0]?.text()).not.toBe(await secrets[1]?.text());
  expect(await sql`select from idempotency_keys where route = '/secret'`).toHaveLength(0);
});

describe('after a crash in the middle', () => {
  it('a plain handler is not run again: 409, outcome unknown', async () => {
    const key = randomUUID();
    await post({ key, name: 'cut off' });
    await abandon(key);
    const again = await post({ key, name: 'cut off' });
    expect([again.status, await codeOf(again)]).toEqual([409, 'idempotency_outcome_unknown']);
    expect(await things('cut off')).toBe(1);
  });

  it('a write that was not committed is made by the retry', async () => {
    const key = randomUUID();
    await post({ path: '/atomic', key, name: 'lost' });
    await sql`delete from things where name = 'lost'`;
    await abandon(key);
    expect((await post({ path: '/atomic', key, name: 'lost' })).status).toBe(201);
    expect(await things('lost')).toBe(1);
  });

  it('a write that was committed is not repeated, its answer is', async () => {
    const key = randomUUID();
    failCommit = true;
    expect((await post({ path: '/atomic', key, name: 'kept' })).status).toBe(500);
    failCommit = false;
    const again = await post({ path: '/atomic', key, name: 'kept' });
    expect([again.status, again.headers.get('idempotency-replayed'), again.headers.get('etag')]).toEqual([201, 'true', '"1"']);
    expect(await again.json()).toEqual({ id: expect.any(String), name: 'kept' });
    expect(await things('kept')).toBe(1);
  });

  it('an owner that was only slow is rolled back once its claim was taken over', async () => {
    const key = randomUUID();
    const open = closeGate();
    const before = arrivals;
    const slow = post({ path: '/atomic', key, name: 'slow' });
    await until(() => arrivals > before);
    await age(key, '1 minute');
    gate = Promise.resolve();
    expect((await post({ path: '/atomic', key, name: 'slow' })).status).toBe(201);
    open();
    expect((await slow).status).toBe(409);
    expect(await things('slow')).toBe(1);
  });

  it('a commit that fails leaves no answer', async () => {
    const key = randomUUID();
    expect((await post({ path: '/atomic', key, name: 'refused' })).status).toBe(500);
    expect(await sql`select from idempotency_keys where key = ${key}`).toHaveLength(0);
  });
});

it('refuses completeInTransaction on a route that does not declare it', async () => {
  expect((await post({ path: '/undeclared' })).status).toBe(500);
});

it('purges what is older than a day', async () => {
  const [old, recent] = [randomUUID(), randomUUID()];
  await post({ key: old });
  await post({ key: recent });
  await age(old, '25 hours');
  await purgeIdempotency(sql);
  expect((await sql`select key from idempotency_keys where key in ${sql([old, recent])}`).map((row) => row.key)).toEqual([recent]);
});
