import { EventBatch } from '@taskflow/contracts/events';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { refusals } from '../problems.ts';

/** 500 events with the snapshots they carry. */
const BODY_LIMIT = 16 * 1024 * 1024;

/** Takes changes of tasks and projects, in order per project, each at least once. */
export function receiveEvents(app: Server, { sql }: Context): void {
  app.post(
    '/internal/events',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'receiveEvents',
        summary: 'Take a batch of changes',
        tags: ['internal'],
        body: EventBatch,
        response: { 204: Type.Null(), ...refusals(400, 401, 413, 415, 503) },
      },
    },
    async ({ body: { events } }, reply) => {
      await sql`insert into events (id) select unnest(${events.map(({ id }) => id)}::uuid[]) on conflict do nothing`;
      return reply.code(204).send(null);
    },
  );
}
