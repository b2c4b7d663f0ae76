import { Webhook, WebhookPatch } from '@taskflow/contracts/notifications';
import { IdParams } from '@taskflow/contracts/primitives';
import { etag, ifMatchVersion, stale } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { BODY, responses, SIGNED_IN } from '../responses.ts';
import { assertReachable } from '../webhooks/assert-reachable.ts';
import { findWebhook, toWebhook, type WebhookRow, webhookColumns } from '../webhooks/webhook.ts';

export function updateWebhook(app: Server, { sql, egress }: Context): void {
  app.patch(
    '/notifications/webhooks/:id',
    {
      schema: {
        operationId: 'updateWebhook',
        summary: 'Change a webhook (JSON Merge Patch); enabling it begins anew, with what waited since',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        params: IdParams,
        body: WebhookPatch,
        response: responses({ 200: Webhook }, ...BODY, ...SIGNED_IN, 404, 412, 422, 428),
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      const { body, params, identity } = request;
      const row = await transaction(sql, async (tx) => {
        const current = await findWebhook(tx, identity, params.id, 'manage-webhooks', true);
        if (current.version !== version) throw stale(toWebhook(current));
        if (body.url !== undefined) assertReachable(egress, body.url);
        const { name, url, projectId, eventTypes, enabled } = { ...current, ...body };
        const turned = enabled !== current.enabled;
        const [changed] = await tx<WebhookRow[]>`
          update webhooks set name = ${name}, url = ${url}, project_id = ${projectId}, event_types = ${eventTypes}, enabled = ${enabled},
            disabled_reason = ${turned ? (enabled ? null : 'by-hand') : current.disabledReason},
            failing_since = ${turned ? null : current.failingSince}, version = version + 1
          where id = ${params.id}
          returning ${webhookColumns(tx)}`;
        await tx`select pg_notify('deliveries', '')`;
        return changed!;
      });
      reply.header('etag', etag(row.version));
      return toWebhook(row);
    },
  );
}
