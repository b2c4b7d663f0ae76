import { Webhook } from '@taskflow/contracts/notifications';
import { IdParams } from '@taskflow/contracts/primitives';
import { ProblemDocument } from '@taskflow/contracts/problem';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
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
        response: { 200: Webhook, 400: ProblemDocument, 401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument },
      },
    },
    async ({ params: { id }, identity }, reply) => {
      const row = await findWebhook(sql, identity, id, 'see-webhooks');
      reply.header('etag', etag(row.version));
      return toWebhook(row);
    },
  );
}
