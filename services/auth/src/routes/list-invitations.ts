import { InvitationList } from '@taskflow/contracts/auth';
import { IdParams } from '@taskflow/contracts/primitives';
import type { Server } from '@taskflow/http/server';
import type { Static } from 'typebox';
import { authoriseIn } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { responses, signedIn } from '../responses.ts';

export function listInvitations(app: Server, { sql }: Context): void {
  app.get(
    '/auth/workspaces/:id/invitations',
    {
      schema: {
        operationId: 'listInvitations',
        summary: 'Invitations that are still open, newest first',
        tags: ['members'],
        security: signedIn,
        params: IdParams,
        response: responses({ 200: InvitationList }, 400, 401, 403, 404, 503),
      },
    },
    async (request) => {
      authoriseIn(caller(request), request.params.id, 'invitations.manage');
      const items = await sql<Static<typeof InvitationList>['items']>`
        select id, role, email, invited_by as "invitedBy", created_at as "createdAt", expires_at as "expiresAt"
        from invitations
        where workspace_id = ${request.params.id} and accepted_at is null and expires_at > now()
        order by id desc`;
      return { items };
    },
  );
}
