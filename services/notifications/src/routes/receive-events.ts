import { EventBatch } from '@taskflow/contracts/events';
import type { Server } from '@taskflow/http/server';
import { ANY_TEXT } from '@taskflow/http/validation';
import type { Context } from '../context.ts';
import { recordEvents } from '../record-events.ts';
import { BODY, Nothing, responses } from '../responses.ts';

/** 500 events with their snapshots. */
const BODY_LIMIT = 16 * 1024 * 1024;

export function receiveEvents(app: Server, { sql, emailAvailable }: Context): void {
  app.post(
    '/internal/events',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'receiveEvents',
        summary: 'Take in a batch of changes; 204 when all are durable. Repeated events change nothing.',
        tags: ['internal'],
        security: [{ serviceKey: [] }],
        body: { ...EventBatch, [ANY_TEXT]: true }, // one event that cannot be stored as it is must not stop the feed
        response: responses({ 204: Nothing }, ...BODY, 401),
      },
    },
    async (request, reply) => {
      await recordEvents(sql, request.body, emailAvailable);
      return reply.code(204).send(null);
    },
  );
}
