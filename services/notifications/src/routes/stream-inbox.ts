import { Readable } from 'node:stream';
import type { InboxUpdate } from '@taskflow/contracts/notifications';
import type { Server } from '@taskflow/http/server';
import type { Sql } from '@taskflow/postgres/database';
import { type Bookmark, formatBookmark, type Position, parseBookmark, readHistory } from '@taskflow/postgres/outbox';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { countInbox, type NotificationRow, notificationColumns, toNotification } from '../inbox.ts';
import type { InboxHub } from '../inbox-hub.ts';
import { problems } from '../problems.ts';
import { responses, SIGNED_IN } from '../responses.ts';

const HEARTBEAT_MS = 15_000;
const STREAMS_PER_USER = 10;
/** Notifications in one event. */
const CHUNK = 100;
/** Milliseconds between looks for what was announced but waits for an older transaction to end. */
const RECHECK_MS = 20;
/** Milliseconds after which a client comes back; spread, so that those of a stopped replica do not come all at once. */
const retryMs = () => 500 + Math.round(Math.random() * 1500);

export function streamInbox(app: Server, { sql, hub }: Context): void {
  const closing = new AbortController();
  app.health.onDrain(() => closing.abort());
  app.get(
    '/notifications/stream',
    {
      schema: {
        operationId: 'streamInbox',
        summary: 'Changes of your inbox as server-sent events',
        description:
          'Events `inbox` carry notifications as they are now (InboxUpdate); `reset` says that the list must be read anew. ' +
          'Open it before reading the list, and nothing is missed. It ends with the access token; go on with Last-Event-ID.',
        tags: ['inbox'],
        security: [{ bearer: [] }],
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 100 })) }),
        response: responses(
          { 200: { description: 'A stream of events', content: { 'text/event-stream': { schema: Type.String() } } } },
          400,
          ...SIGNED_IN,
          429,
        ),
      },
    },
    async (request, reply) => {
      const { userId, expiresAt } = request.identity;
      if (hub.count(userId) >= STREAMS_PER_USER) throw problems.too_many_streams({ headers: { 'retry-after': '5' } });
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const expired = AbortSignal.timeout(Math.max(0, expiresAt - Date.now()));
      const signal = AbortSignal.any([gone.signal, closing.signal, expired]);
      const events = follow(sql, hub, userId, request.headers['last-event-id'], signal);
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .header('connection', 'close') // kept open after the stream, it would hold up a shutdown
        .send(Readable.from(events, { objectMode: true, highWaterMark: 1 }) as unknown as string); // the type provider knows no streams
    },
  );
}

/** Back pressure comes from the reader: nothing is read from the database before the last event is on its way. */
async function* follow(
  sql: Sql,
  hub: InboxHub,
  userId: string,
  lastEventId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let announced = 0n;
  let wake = () => {};
  const unsubscribe = hub.subscribe(userId, (xid) => {
    if (xid > announced) announced = xid;
    wake();
  });
  signal.addEventListener('abort', () => wake());
  try {
    const history = await readHistory(sql);
    const known = parseBookmark(lastEventId ?? '');
    const resumed = known?.history === history ? known : undefined;
    let position: Position = resumed ?? (await startOfNew(sql));
    yield `retry: ${retryMs()}\n\n`;
    if (lastEventId !== undefined && !resumed) yield message('reset', { ...position, history }, {});
    yield message('inbox', { ...position, history }, { items: [], counts: await countInbox(sql, userId) });
    while (!signal.aborted) {
      const latest = announced;
      const oldest = latest > position.xid ? (await startOfNew(sql)).xid : undefined;
      const changes = await readChanges(sql, userId, position);
      if (changes.length > 0) {
        position = changes.at(-1)!.position;
        const items = changes.map(({ row }) => toNotification(row));
        yield message('inbox', { ...position, history }, { items, counts: await countInbox(sql, userId) } satisfies InboxUpdate);
        continue;
      }
      if (announced > latest) continue;
      const waiting = oldest !== undefined && oldest <= latest;
      const woken = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), waiting ? RECHECK_MS : HEARTBEAT_MS);
        wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
        if (signal.aborted) wake();
      });
      if (!woken && !waiting) yield ': still here\n\n';
    }
  } finally {
    unsubscribe();
  }
}

const message = (event: string, bookmark: Bookmark, data: object): string =>
  `id: ${formatBookmark(bookmark)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Behind everything that can be seen now. */
async function startOfNew(sql: Sql): Promise<Position> {
  const [row] = await sql<Array<{ oldest: string }>>`select pg_snapshot_xmin(pg_current_snapshot())::text as oldest`;
  return { xid: BigInt(row!.oldest), seq: 0n };
}

/** In the order of the feed; see packages/postgres/src/outbox.ts for why rows of the oldest running transaction wait. */
async function readChanges(sql: Sql, userId: string, after: Position): Promise<Array<{ position: Position; row: NotificationRow }>> {
  const rows = await sql<Array<NotificationRow & { changeXid: string; changeSeq: string }>>`
    select ${notificationColumns(sql)}, xid::text as "changeXid", seq::text as "changeSeq" from notifications
    where user_id = ${userId} and inbox
      and (xid, seq) > (${String(after.xid)}::xid8, ${String(after.seq)}::bigint)
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by notifications.xid, notifications.seq limit ${CHUNK}`;
  return rows.map(({ changeXid, changeSeq, ...row }) => ({ position: { xid: BigInt(changeXid), seq: BigInt(changeSeq) }, row }));
}
