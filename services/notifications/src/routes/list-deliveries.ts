import { DeliveryPage, DeliveryQuery } from '@taskflow/contracts/notifications';
import { IdParams } from '@taskflow/contracts/primitives';
import { toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { idCursor } from '../parameters.ts';
import { responses, SIGNED_IN } from '../responses.ts';
import { type DeliveryRow, deliveryColumns, toDelivery } from '../webhooks/delivery.ts';
import { findWebhook } from '../webhooks/webhook.ts';

export function listDeliveries(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/webhooks/:id/deliveries',
    {
      schema: {
        operationId: 'listDeliveries',
        summary: 'What was sent to a webhook and how it went, newest first',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: IdParams,
        querystring: DeliveryQuery,
        response: responses({ 200: DeliveryPage }, ...SIGNED_IN, 400, 404),
      },
    },
    async ({ params: { id }, query: { cursor, limit = 50, state = null }, identity }) => {
      await findWebhook(sql, identity, id, 'see-webhooks');
      const before = idCursor(cursor);
      const rows = await sql<DeliveryRow[]>`
        select ${deliveryColumns(sql)} from deliveries d
        where d.webhook_id = ${id}
          and (${state}::text is null or d.state = ${state})
          and (${before}::uuid is null or d.id < ${before}::uuid)
        order by d.id desc limit ${limit + 1}`;
      return toPage(rows, limit, (row) => [row.id], toDelivery);
    },
  );
}
