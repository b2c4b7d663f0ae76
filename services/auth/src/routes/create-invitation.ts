import { CreatedInvitation, type Invitation, NewInvitation } from '@taskflow/contracts/auth';
import { IdParams } from '@taskflow/contracts/primitives';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Static } from 'typebox';
import { v7 } from 'uuid';
import { audit } from '../audit.ts';
import { lockWorkspace } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { digest, newSecret } from '../opaque.ts';
import { authProblems } from '../problems.ts';
import { responses, signedIn } from '../responses.ts';

const MOST_OPEN = 200;

/** Auth sends no mail, so the link is for the inviter to hand over. It is shown once; only its digest is kept. */
export function createInvitation(app: Server, { sql, settings }: Context): void {
  app.post(
    '/auth/workspaces/:id/invitations',
    {
      config: { idempotency: 'off' },
      schema: {
        operationId: 'createInvitation',
        summary: 'Invite someone: the answer has the link, which is shown only now',
        tags: ['members'],
        security: signedIn,
        params: IdParams,
        body: NewInvitation,
        response: responses({ 201: CreatedInvitation }, 400, 401, 403, 404, 409, 413, 415, 503),
      },
    },
    async (request, reply) => {
      const { id: workspaceId } = request.params;
      const { role = 'member', email = null, expiresInDays = 7 } = request.body;
      const invitedBy = request.identity.userId;
      const id = v7();
      const token = newSecret();
      const invitation = await transaction(sql, async (tx) => {
        await lockWorkspace(tx, caller(request), workspaceId, 'invitations.manage');
        const [created] = await tx<Array<Static<typeof Invitation>>>`
          insert into invitations (id, workspace_id, token_hash, role, email, invited_by, expires_at)
          select ${id}, ${workspaceId}, ${digest(token)}, ${role}, ${email}, ${invitedBy}, now() + make_interval(days => ${expiresInDays})
          where (select count(*) from invitations
                 where workspace_id = ${workspaceId} and accepted_at is null and expires_at > now()) < ${MOST_OPEN}
          returning id, role, email, invited_by as "invitedBy", created_at as "createdAt", expires_at as "expiresAt"`;
        if (!created) throw authProblems.too_many(`This workspace has ${MOST_OPEN} open invitations; delete some first`);
        await audit(tx, request, {
          action: 'invitation.created',
          actorId: invitedBy,
          subject: `invitation:${id}`,
          workspaceId,
          details: { role, expiresInDays },
        });
        return created;
      });
      reply.code(201).header('cache-control', 'no-store');
      // In the fragment, which browsers send to no server and in no Referer.
      return { ...invitation, token, url: new URL(`/invitation#${token}`, settings.PUBLIC_URL).href };
    },
  );
}
