import { ReplayAnswer, ReplayRequest } from '@taskflow/contracts/notifications';
import { IdParams } from '@taskflow/contracts/primitives';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { instant } from '../parameters.ts';
import { problems } from '../problems.ts';
import { BODY, IDEMPOTENT, responses, SIGNED_IN } from '../responses.ts';
import { findWebhook } from '../webhooks/webhook.ts';

/** In one request; the oldest first, so that repeating the request goes on. */
const MOST = 10_000;

export function replayDeliveries(app: Server, { sql }: Context): void {
  app.post(
    '/notifications/webhooks/:id/replay',
    {
      schema: {
        operationId: 'replayDeliveries',
        summary: 'Send again what was first sent since a time: what failed, what was delivered, or all; at most 10,000',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: IdParams,
        body: ReplayRequest,
        response: responses({ 202: ReplayAnswer }, ...BODY, ...SIGNED_IN, ...IDEMPOTENT, 404),
      },
    },
    async ({ params: { id }, body: { since, state = 'failed' }, identity }, reply) => {
      const states = state === 'all' ? ['failed', 'delivered'] : [state];
      const replayed = await transaction(sql, async (tx) => {
        const { enabled } = await findWebhook(tx, identity, id, 'manage-webhooks');
        if (!enabled) throw problems.webhook_disabled();
        const { count } = await tx`
          update deliveries set state = 'pending', tries = 0, due_at = now(), give_up_at = now() + interval '1 day'
          where id in (
            select id from deliveries where webhook_id = ${id} and created_at >= ${instant(since)} and state = any(${states})
            order by id limit ${MOST} for update)`;
        await tx`select pg_notify('deliveries', '')`;
        return count;
      });
      reply.code(202);
      return { replayed };
    },
  );
}
