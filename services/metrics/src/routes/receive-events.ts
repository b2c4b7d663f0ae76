import { EventBatch } from '@taskflow/contracts/events';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { ANY_TEXT } from '@taskflow/http/validation';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { applyEvents } from '../flow/apply-events.ts';
import { refusals } from '../problems.ts';

/** 500 events with the snapshots they carry. */
const BODY_LIMIT = 16 * 1024 * 1024;

/** Takes changes of tasks and projects, in order per project, each at least once. */
export function receiveEvents(app: Server, { sql, ingestion }: Context): void {
  app.post(
    '/internal/events',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'receiveEvents',
        summary: 'Take a batch of changes',
        tags: ['internal'],
        security: [{ serviceKey: [] }],
        body: { ...EventBatch, [ANY_TEXT]: true }, // one event that cannot be stored as it is must not stop the feed
        response: { 204: Type.Null(), ...refusals(400, 401, 413, 415) },
      },
    },
    async ({ body: { events } }, reply) => {
      // not bound to the caller's deadline: a batch that takes longer is done when it comes again
      const applied = await sql
        .begin(async (tx) => {
          const rows = await tx<Array<{ id: string }>>`
          insert into events (id) select distinct unnest(${events.map(({ id }) => id)}::uuid[]) order by 1 on conflict do nothing returning id`;
          const fresh = new Set(rows.map(({ id }) => id));
          await applyEvents(
            tx,
            events.filter(({ id }) => fresh.delete(id)),
          );
          return rows.length;
        })
        .catch(refuseWhileBusy);
      ingestion.events.inc(applied);
      ingestion.eventLag.set((Date.now() - Date.parse(events.at(-1)?.occurredAt as string)) / 1000);
      return reply.code(204).send(null);
    },
  );
}

/** An earlier delivery of the same events, or a large one of the same project, is still being applied. */
function refuseWhileBusy(error: { code?: string }): never {
  const lockNotAvailable = '55P03';
  if (error.code === lockNotAvailable) throw problems.unavailable({ headers: { 'retry-after': '5' }, cause: error });
  throw error;
}
