import { Delivery } from '@taskflow/contracts/notifications';
import { IdParams } from '@taskflow/contracts/primitives';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { v7 } from 'uuid';
import type { Context } from '../context.ts';
import { problems } from '../problems.ts';
import { IDEMPOTENT, responses, SIGNED_IN } from '../responses.ts';
import { type DeliveryRow, deliveryColumns, toDelivery } from '../webhooks/delivery.ts';
import { findWebhook } from '../webhooks/webhook.ts';

const TYPE = 'webhook.ping';

export function pingWebhook(app: Server, { sql }: Context): void {
  app.post(
    '/notifications/webhooks/:id/ping',
    {
      schema: {
        operationId: 'pingWebhook',
        summary: 'Send a test message; its delivery tells how it went',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: IdParams,
        response: responses({ 202: Delivery }, ...SIGNED_IN, ...IDEMPOTENT, 404),
      },
    },
    async ({ params: { id }, identity }, reply) => {
      const row = await transaction(sql, async (tx) => {
        const { enabled, workspaceId } = await findWebhook(tx, identity, id, 'manage-webhooks');
        if (!enabled) throw problems.webhook_disabled();
        const eventId = v7();
        const body = JSON.stringify({ type: TYPE, timestamp: new Date().toISOString(), data: { webhookId: id, workspaceId } });
        await tx`insert into events (id, type, body) values (${eventId}, ${TYPE}, ${body})`;
        const [delivery] = await tx<DeliveryRow[]>`
          insert into deliveries as d (id, webhook_id, event_id, type) values (${v7()}, ${id}, ${eventId}, ${TYPE})
          returning ${deliveryColumns(tx)}`;
        await tx`select pg_notify('deliveries', '')`;
        return delivery!;
      });
      reply.code(202);
      return toDelivery(row);
    },
  );
}
