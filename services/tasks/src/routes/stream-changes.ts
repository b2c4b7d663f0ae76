import { StreamQuery } from '@taskflow/contracts/feed';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { parseBookmark } from '@taskflow/postgres/outbox';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import type { Feed } from '../feed/feed.ts';
import { StreamClient } from '../feed/stream-client.ts';
import { refusals, security } from '../responses.ts';

/** Streams of one process, and of one person: enough for every tab of every device. */
const MOST = { streams: 5000, perPerson: 50 };

export function streamChanges(app: Server, { sql }: Context, feed: Feed) {
  app.get(
    '/tasks/stream',
    {
      schema: {
        operationId: 'streamChanges',
        summary: 'Changes as they happen: server-sent events',
        description:
          'Each message is a ChangeEvent, its id the position in the feed. A client that comes back with Last-Event-ID gets ' +
          'all it missed. `event: reset` says that this is not possible (too long ago, or the database was restored): load anew what is shown. `event: hidden` says that ' +
          'a project can no longer be seen, `event: viewing` who has a task open (ViewingEvent). A stream ends when its access token does; come back after the given delay.',
        tags: ['feed'],
        security,
        querystring: StreamQuery,
        response: {
          200: { description: 'never ends by itself', content: { 'text/event-stream': { schema: Type.String() } } },
          ...refusals(403, 429),
        },
      },
    },
    async (request, reply) => {
      const { identity, query } = request;
      const from = request.headers['last-event-id'] ?? query.lastEventId;
      const after = from ? parseBookmark(String(from)) : undefined;
      if (from && !after) throw problems.malformed_request('Last-Event-ID is not a position of this feed');
      if (feed.streams.size >= MOST.streams) throw problems.unavailable({ headers: { 'retry-after': '5' } });
      const own = [...feed.streams].filter(({ userId }) => userId === identity.userId).length;
      if (own >= MOST.perPerson) throw problems.too_many_requests({ headers: { 'retry-after': '30' } });
      await feed.access.watch(Object.keys(identity.workspaces));

      reply.hijack();
      const response = reply.raw;
      if (response.destroyed) return;
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no', // nginx passes it on at once
      });
      const stream = new StreamClient({ sql, reader: feed.reader, access: feed.access, response, identity, projectId: query.project });
      feed.streams.add(stream);
      response.on('close', () => feed.streams.delete(stream));
      await stream.begin(after).catch((error) => {
        request.log.warn({ err: error, requestId: request.id }, 'a stream could not catch up');
        stream.end();
      });
    },
  );
}
