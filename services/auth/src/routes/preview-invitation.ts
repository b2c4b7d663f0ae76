import { InvitationPreview, InvitationToken } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import type { Static } from 'typebox';
import { clientAddress, network } from '../client-address.ts';
import type { Context } from '../context.ts';
import { digest } from '../opaque.ts';
import { authProblems } from '../problems.ts';
import { responses } from '../responses.ts';
import { links, take } from '../throttle.ts';

/** For whoever holds the link, signed in or not. POST, so that the token is in no URL that a log keeps. */
export function previewInvitation(app: Server, { sql }: Context): void {
  app.post(
    '/auth/invitations/preview',
    {
      schema: {
        operationId: 'previewInvitation',
        summary: 'What an invitation is for',
        tags: ['members'],
        body: InvitationToken,
        response: responses({ 200: InvitationPreview }, 400, 404, 413, 415, 429, 503),
      },
    },
    async (request, reply) => {
      await take(sql, links, network(clientAddress(request)));
      const [preview] = await sql<Array<Static<typeof InvitationPreview>>>`
        select json_build_object('id', w.id, 'name', w.name) as workspace, i.role, u.name as "invitedBy", i.email, i.expires_at as "expiresAt"
        from invitations i join workspaces w on w.id = i.workspace_id join users u on u.id = i.invited_by
        where i.token_hash = ${digest(request.body.token)} and i.accepted_at is null and i.expires_at > now() and w.deleted_at is null`;
      if (!preview) throw authProblems.invitation_invalid();
      reply.header('cache-control', 'no-store');
      return preview;
    },
  );
}
