import type { AccessTokenClaims } from '@taskflow/contracts/identity';
import { until } from '@taskflow/testing/until';
import { createParser } from 'eventsource-parser';
import postgres from 'postgres';
import { v7 } from 'uuid';
import { afterAll, expect, it } from 'vitest';
import { changeEvent, startNotifications } from './support.ts';

const service = await startNotifications();
const { call, deliver, databaseUrl } = service;
const sql = postgres(databaseUrl, { max: 2 });
afterAll(() => sql.end());

interface StreamEvent {
  id: string;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: checked by the tests themselves
  data: any;
}

/** Opens a stream and waits for its first event. */
async function open(claims: Partial<AccessTokenClaims>, lastEventId?: string, { server, issuer } = service) {
  const events: StreamEvent[] = [];
  const controller = new AbortController();
  const response = await fetch(`${server.url}/notifications/stream`, {
    headers: { authorization: `Bearer ${await issuer.token(claims)}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
    signal: controller.signal,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const parser = createParser({
    onEvent: ({ id = '', event = '', data }) => void events.push({ id, event, data: JSON.parse(data) }),
  });
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) parser.feed(decoder.decode(chunk, { stream: true }));
  })().catch(() => {});
  await until(() => events.length > 0);
  const items = () => events.flatMap(({ data }) => data.items ?? []);
  return { events, items, ended, close: () => controller.abort() };
}

it('tells of new notifications and of changes at once, with the counts', async () => {
  const ana = v7();
  const stream = await open({ sub: ana });
  expect(stream.events[0]).toMatchObject({ event: 'inbox', data: { items: [], counts: { unread: 0 } } });
  const begin = performance.now();
  const event = changeEvent({ [ana]: 'mentioned', [v7()]: 'mentioned' });
  await deliver(event);
  await until(() => stream.items().length === 1, { every: 2 });
  expect(performance.now() - begin).toBeLessThan(2000); // by announcement, not by the look every few seconds
  expect(stream.events.at(-1)).toMatchObject({
    event: 'inbox',
    data: { items: [{ taskId: event.taskId, readAt: null }], counts: { unread: 1 } },
  });
  await call('POST', '/notifications/inbox/read', { as: { sub: ana }, body: { taskId: event.taskId } });
  await until(() => stream.items().length === 2);
  expect(stream.events.at(-1)).toMatchObject({
    data: { items: [{ taskId: event.taskId, readAt: expect.any(String) }], counts: { unread: 0 } },
  });
  stream.close();
});

it('tells nothing of another’s inbox', async () => {
  const [ana, bo] = [v7(), v7()];
  const [mine, theirs] = [await open({ sub: ana }), await open({ sub: bo })];
  await deliver(changeEvent({ [bo]: 'mentioned' }));
  await deliver(changeEvent({ [ana]: 'due' }));
  await until(() => mine.items().length > 0 && theirs.items().length > 0);
  expect(mine.items().map(({ reason }) => reason)).toEqual(['due']);
  expect(theirs.items().map(({ reason }) => reason)).toEqual(['mentioned']);
  mine.close();
  theirs.close();
});

it('goes on after Last-Event-ID with all that was missed, in pieces', async () => {
  const ana = v7();
  const first = await open({ sub: ana });
  await deliver(changeEvent({ [ana]: 'mentioned' }));
  await until(() => first.items().length === 1);
  const { id } = first.events.at(-1)!;
  first.close();
  const missed = Array.from({ length: 230 }, () => changeEvent({ [ana]: 'watching' }));
  await deliver(...missed);
  const second = await open({ sub: ana }, id);
  await until(() => second.items().length >= 230);
  expect(second.items().map(({ taskId }) => taskId)).toEqual(missed.map(({ taskId }) => taskId));
  second.close();
});

it('misses nothing that commits later than what came after it', async () => {
  const ana = v7();
  const [early, late] = [changeEvent({ [ana]: 'mentioned' }), changeEvent({ [ana]: 'due' })];
  await deliver(early);
  await call('POST', '/notifications/inbox/read', { as: { sub: ana }, body: { taskId: early.taskId } });
  const stream = await open({ sub: ana });
  await sql.begin(async (tx) => {
    await tx`update notifications set read_at = null where user_id = ${ana}`;
    await deliver(late); // a younger transaction, committed while the older one still runs
    await until(async () => (await call('GET', '/notifications/inbox', { as: { sub: ana } })).body.items.length === 2);
    expect(stream.items()).toEqual([]);
  });
  await until(() => stream.items().length === 2);
  expect(stream.items().map(({ taskId }) => taskId)).toEqual([early.taskId, late.taskId]);
  stream.close();
});

it('says reset when it does not know the position', async () => {
  const now = await open({ sub: v7() });
  const [xid, seq] = now.events[0]!.id.split('-');
  now.close();
  for (const id of [
    'nonsense',
    '99999999999999999999-1',
    '9000000000000-1',
    `1-${'9'.repeat(19)}9`,
    `${xid}-${seq}`,
    `${xid}-${seq}-00000000`,
  ]) {
    const stream = await open({ sub: v7() }, id);
    expect(stream.events[0], id).toMatchObject({ event: 'reset' });
    stream.close();
  }
});

it('finds what was announced while it could not listen', async () => {
  const ana = v7();
  const stream = await open({ sub: ana });
  // the announcement is lost, as when the listening connection breaks
  await sql.begin(async (tx) => {
    await tx`alter table notifications disable trigger inbox_inserted`;
    await tx`
      insert into notifications (id, user_id, event_id, reason, type, occurred_at, workspace_id, title, actor_name, fields, inbox)
      values (${v7()}, ${ana}, ${v7()}, 'due', 'task.updated', now(), ${v7()}, 'Lost', 'Ana', '{}', true)`;
    await tx`alter table notifications enable trigger inbox_inserted`;
  });
  await until(() => stream.items().length === 1, { ms: 9000 });
  stream.close();
});

it('429 for more than ten streams of one person; a closed one makes room', async () => {
  const sub = v7();
  const streams = await Promise.all(Array.from({ length: 10 }, () => open({ sub })));
  const refused = await call('GET', '/notifications/stream', { as: { sub } });
  expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_streams' } });
  expect(refused.headers.get('retry-after')).toBe('5');
  streams[0]!.close();
  await until(async () => {
    const next = await open({ sub }).catch(() => undefined);
    next?.close();
    return next;
  });
  for (const stream of streams) stream.close();
});

it('401 without a token, and ends when the token does', async () => {
  expect((await call('GET', '/notifications/stream', { as: null })).status).toBe(401);
  const stream = await open({ sub: v7(), exp: Math.floor(Date.now() / 1000) + 2 });
  await stream.ended;
  expect(stream.events).toHaveLength(1);
});

it('ends when the service drains, so that clients go on elsewhere', async () => {
  const draining = await startNotifications({ SHUTDOWN_SECONDS: '20' });
  const stream = await open({ sub: v7() }, undefined, draining);
  const begin = performance.now();
  await draining.server.shutdown();
  await stream.ended;
  expect(performance.now() - begin).toBeLessThan(10_000); // not by the hard deadline
});
