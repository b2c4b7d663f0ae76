import { IdParams } from '@taskflow/contracts/primitives';
import { ifMatchVersion, stale } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { Nothing, responses, SIGNED_IN } from '../responses.ts';
import { findWebhook, toWebhook } from '../webhooks/webhook.ts';

export function deleteWebhook(app: Server, { sql }: Context): void {
  app.delete(
    '/notifications/webhooks/:id',
    {
      schema: {
        operationId: 'deleteWebhook',
        summary: 'Remove a webhook with its log; what waits to be sent is dropped',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: IdParams,
        response: responses({ 204: Nothing }, ...SIGNED_IN, 400, 404, 412, 428),
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      await transaction(sql, async (tx) => {
        const current = await findWebhook(tx, request.identity, request.params.id, 'manage-webhooks', true);
        if (current.version !== version) throw stale(toWebhook(current));
        await tx`delete from webhooks where id = ${current.id}`;
      });
      return reply.code(204).send(null);
    },
  );
}
