import { CreateWebhook, WebhookWithSecret } from '@taskflow/contracts/notifications';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { v7 } from 'uuid';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { seal } from '../keys.ts';
import { problems } from '../problems.ts';
import { BODY, responses, SIGNED_IN } from '../responses.ts';
import { assertReachable } from '../webhooks/assert-reachable.ts';
import { newSecret, toWebhook, type WebhookRow, webhookColumns } from '../webhooks/webhook.ts';

const MOST_PER_WORKSPACE = 50;

export function createWebhook(app: Server, { sql, signingKey, egress }: Context): void {
  app.post(
    '/notifications/webhooks',
    {
      // the secret is shown once, so the answer cannot be kept for a repetition
      config: { idempotency: 'off' },
      schema: {
        operationId: 'createWebhook',
        summary: 'Have the changes of a workspace sent to an address, signed by the Standard Webhooks scheme',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        body: CreateWebhook,
        response: responses({ 201: WebhookWithSecret }, ...BODY, ...SIGNED_IN, 404, 422),
      },
    },
    async ({ body, identity }, reply) => {
      const { workspaceId, name, url, projectId = null, eventTypes = [] } = body;
      authorise(identity, workspaceId, 'manage-webhooks', problems.no_workspace);
      assertReachable(egress, url);
      const id = v7();
      const secret = newSecret();
      const row = await transaction(sql, async (tx) => {
        // one at a time in a workspace, so that counting holds
        await tx`select pg_advisory_xact_lock(hashtextextended(${workspaceId}, 0))`;
        const [created] = await tx<WebhookRow[]>`
          insert into webhooks (id, workspace_id, name, url, project_id, event_types, secret, created_by)
          select ${id}, ${workspaceId}, ${name}, ${url}, ${projectId}, ${eventTypes}, ${seal(signingKey, id, secret)}, ${identity.userId}
          where (select count(*) from webhooks where workspace_id = ${workspaceId}) < ${MOST_PER_WORKSPACE}
          returning ${webhookColumns(tx)}`;
        return created;
      });
      if (!row) throw problems.too_many_webhooks();
      reply.code(201).headers({ etag: etag(row.version), location: `/notifications/webhooks/${id}`, 'cache-control': 'no-store' });
      return { ...toWebhook(row), secret };
    },
  );
}
