import { Delivery, DeliveryParams } from '@taskflow/contracts/notifications';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { problems } from '../problems.ts';
import { IDEMPOTENT, responses, SIGNED_IN } from '../responses.ts';
import { type DeliveryRow, deliveryColumns, toDelivery } from '../webhooks/delivery.ts';
import { findWebhook } from '../webhooks/webhook.ts';

export function replayDelivery(app: Server, { sql }: Context): void {
  app.post(
    '/notifications/webhooks/:id/deliveries/:deliveryId/replay',
    {
      schema: {
        operationId: 'replayDelivery',
        summary: 'Send one delivery again, with the webhook-id it had',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: DeliveryParams,
        response: responses({ 202: Delivery }, ...SIGNED_IN, ...IDEMPOTENT, 404),
      },
    },
    async ({ params: { id, deliveryId }, identity }, reply) => {
      const row = await transaction(sql, async (tx) => {
        const { enabled } = await findWebhook(tx, identity, id, 'manage-webhooks');
        const [found] = await tx<Array<{ state: string }>>`
          select state from deliveries where webhook_id = ${id} and id = ${deliveryId} for update`;
        if (!found) throw problems.no_delivery();
        if (!enabled) throw problems.webhook_disabled();
        if (found.state === 'pending') throw problems.delivery_pending();
        const [replayed] = await tx<DeliveryRow[]>`
          update deliveries d set state = 'pending', tries = 0, due_at = now(), give_up_at = now() + interval '1 day'
          where d.id = ${deliveryId}
          returning ${deliveryColumns(tx)}`;
        await tx`select pg_notify('deliveries', '')`;
        return replayed!;
      });
      reply.code(202);
      return toDelivery(row);
    },
  );
}
