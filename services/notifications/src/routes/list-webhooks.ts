import { WebhookPage, WebhookQuery } from '@taskflow/contracts/notifications';
import { toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { idCursor } from '../parameters.ts';
import { problems } from '../problems.ts';
import { responses, SIGNED_IN } from '../responses.ts';
import { toWebhook, type WebhookRow, webhookColumns } from '../webhooks/webhook.ts';

export function listWebhooks(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/webhooks',
    {
      schema: {
        operationId: 'listWebhooks',
        summary: 'The webhooks of a workspace, oldest first',
        tags: ['webhooks'],
        security: [{ bearer: [] }],
        querystring: WebhookQuery,
        response: responses({ 200: WebhookPage }, ...SIGNED_IN, 400, 404),
      },
    },
    async ({ query: { workspaceId, cursor, limit = 50 }, identity }) => {
      authorise(identity, workspaceId, 'see-webhooks', problems.no_workspace);
      const after = idCursor(cursor);
      const rows = await sql<WebhookRow[]>`
        select ${webhookColumns(sql)} from webhooks
        where workspace_id = ${workspaceId} and (${after}::uuid is null or id > ${after}::uuid)
        order by id limit ${limit + 1}`;
      return toPage(rows, limit, ({ id }) => [id], toWebhook);
    },
  );
}
