import { Webhook } from '@taskflow/contracts/notifications';
import { IdParams } from '@taskflow/contracts/primitives';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { responses, SIGNED_IN } from '../responses.ts';
import { findWebhook, toWebhook } from '../webhooks/webhook.ts';

export function getWebhook(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/webhooks/:id',
    {
      schema: {
        operationId: 'getWebhook',
        summary: 'One webhook',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: IdParams,
        response: responses({ 200: Webhook }, ...SIGNED_IN, 400, 404),
      },
    },
    async ({ params: { id }, identity }, reply) => {
      const row = await findWebhook(sql, identity, id, 'see-webhooks');
      reply.header('etag', etag(row.version));
      return toWebhook(row);
    },
  );
}
