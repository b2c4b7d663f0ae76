import { type AuditEntry, AuditPage, AuditQuery } from '@taskflow/contracts/auth';
import { toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import type { Static } from 'typebox';
import { authorise, authoriseIn } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { idCursor } from '../cursor.ts';
import { caller } from '../identity.ts';
import { responses, signedIn } from '../responses.ts';

/** Administrators see everything; owners and admins of a workspace what happened in it, by naming it. */
export function listAudit(app: Server, { sql }: Context): void {
  app.get(
    '/auth/audit',
    {
      schema: {
        operationId: 'listAudit',
        summary: 'Audit records, newest first',
        tags: ['audit'],
        security: signedIn,
        querystring: AuditQuery,
        response: responses({ 200: AuditPage }, 400, 401, 403, 404, 503),
      },
    },
    async (request) => {
      const {
        cursor,
        limit = 50,
        workspaceId = null,
        actorId = null,
        action = null,
        outcome = null,
        from = null,
        to = null,
      } = request.query;
      if (workspaceId && !caller(request).admin) authoriseIn(caller(request), workspaceId, 'workspace-audit.read');
      else authorise(caller(request), 'audit.read');
      const before = idCursor(cursor);
      const rows = await sql<Array<Static<typeof AuditEntry>>>`
        select id, at, action, outcome, actor_id as "actorId", subject, workspace_id as "workspaceId", address,
               request_id as "requestId", details, leaf_index::float8 as "leafIndex"
        from audit_records
        where ${workspaceId === null ? sql`true` : sql`workspace_id = ${workspaceId}`}
          and ${actorId === null ? sql`true` : sql`actor_id = ${actorId}`}
          and ${action === null ? sql`true` : sql`(action = ${action} or starts_with(action, ${`${action}.`}))`}
          and ${outcome === null ? sql`true` : sql`outcome = ${outcome}`}
          and ${from === null ? sql`true` : sql`at >= ${from}`}
          and ${to === null ? sql`true` : sql`at < ${to}`}
          and ${before === null ? sql`true` : sql`id < ${before}::uuid`}
        order by id desc limit ${limit + 1}`;
      return toPage(
        rows,
        limit,
        ({ id }) => [id],
        (row) => row,
      );
    },
  );
}
