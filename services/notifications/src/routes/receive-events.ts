import { EventBatch } from '@taskflow/contracts/events';
import { ProblemDocument } from '@taskflow/contracts/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { recordEvents } from '../record-events.ts';

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
        body: EventBatch,
        response: { 204: Type.Null(), 400: ProblemDocument, 401: ProblemDocument, 413: ProblemDocument, 503: ProblemDocument },
      },
    },
    async (request, reply) => {
      await recordEvents(sql, request.body, emailAvailable);
      return reply.code(204).send(null);
    },
  );
}
