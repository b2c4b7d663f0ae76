import { RotateSecret, WebhookWithSecret } from '@taskflow/contracts/notifications';
import { IdParams } from '@taskflow/contracts/primitives';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { seal } from '../keys.ts';
import { BODY, responses, SIGNED_IN } from '../responses.ts';
import { findWebhook, newSecret, toWebhook, type WebhookRow, webhookColumns } from '../webhooks/webhook.ts';

export function rotateWebhookSecret(app: Server, { sql, signingKey }: Context): void {
  app.post(
    '/notifications/webhooks/:id/secret',
    {
      // the secret is shown once, so the answer cannot be kept for a repetition
      config: { idempotency: 'off' },
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Replace the secret; until the overlap is over, calls carry the signatures of both',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: IdParams,
        body: RotateSecret,
        response: responses({ 200: WebhookWithSecret }, ...BODY, ...SIGNED_IN, 404),
      },
    },
    async ({ params: { id }, body: { overlapHours = 24 }, identity }, reply) => {
      const secret = newSecret();
      const row = await transaction(sql, async (tx) => {
        await findWebhook(tx, identity, id, 'manage-webhooks', true);
        const [rotated] = await tx<WebhookRow[]>`
          update webhooks set secret = ${seal(signingKey, id, secret)}, previous_secret = secret,
            previous_secret_until = now() + make_interval(hours => ${overlapHours}), version = version + 1
          where id = ${id}
          returning ${webhookColumns(tx)}`;
        return rotated!;
      });
      reply.headers({ etag: etag(row.version), 'cache-control': 'no-store' });
      return { ...toWebhook(row), secret };
    },
  );
}
