import { type Member, MemberPage } from '@taskflow/contracts/auth';
import { IdParams, PageQuery } from '@taskflow/contracts/primitives';
import { toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import type { Static } from 'typebox';
import { allows, authoriseIn } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { idCursor } from '../cursor.ts';
import { caller } from '../identity.ts';
import { memberColumns } from '../members.ts';
import { responses, signedIn } from '../responses.ts';

export function listMembers(app: Server, { sql }: Context): void {
  app.get(
    '/auth/workspaces/:id/members',
    {
      schema: {
        operationId: 'listMembers',
        summary: 'The members of a workspace; guests see no e-mail addresses',
        tags: ['members'],
        security: signedIn,
        params: IdParams,
        querystring: PageQuery,
        response: responses({ 200: MemberPage }, 400, 401, 403, 404, 503),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { cursor, limit = 50 } = request.query;
      const role = authoriseIn(caller(request), id, 'members.read');
      const seesEmail = allows('members.read-email', role, caller(request));
      const after = idCursor(cursor);
      const rows = await sql<Array<Static<typeof Member>>>`
        select ${memberColumns(sql)} from members m join users u on u.id = m.user_id
        where m.workspace_id = ${id} and (${after}::uuid is null or m.user_id > ${after}::uuid)
        order by m.user_id limit ${limit + 1}`;
      return toPage(
        rows,
        limit,
        ({ userId }) => [userId],
        (member) => (seesEmail ? member : { ...member, email: null }),
      );
    },
  );
}
