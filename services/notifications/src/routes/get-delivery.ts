import { DeliveryDetail, DeliveryParams } from '@taskflow/contracts/notifications';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { problems } from '../problems.ts';
import { responses, SIGNED_IN } from '../responses.ts';
import { type AttemptRow, attemptAsJson, type DeliveryRow, deliveryColumns, toAttempt, toDelivery } from '../webhooks/delivery.ts';
import { findWebhook } from '../webhooks/webhook.ts';

export function getDelivery(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/webhooks/:id/deliveries/:deliveryId',
    {
      schema: {
        operationId: 'getDelivery',
        summary: 'One delivery with its body and every attempt',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: DeliveryParams,
        response: responses({ 200: DeliveryDetail }, ...SIGNED_IN, 400, 404),
      },
    },
    async ({ params: { id, deliveryId }, identity }) => {
      await findWebhook(sql, identity, id, 'see-webhooks');
      const [row] = await sql<Array<DeliveryRow & { body: string; log: AttemptRow[] }>>`
        select ${deliveryColumns(sql)}, e.body,
          array(select ${attemptAsJson(sql)} from delivery_attempts a where a.delivery_id = d.id order by a.number) as log
        from deliveries d join events e on e.id = d.event_id
        where d.webhook_id = ${id} and d.id = ${deliveryId}`;
      if (!row) throw problems.no_delivery();
      const { body, log, ...delivery } = row;
      return { ...toDelivery(delivery), body, log: log.map(toAttempt) };
    },
  );
}
