import { IdParams, Uuid } from '@taskflow/contracts/primitives';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import { audit } from '../audit.ts';
import { lockWorkspace } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { Nothing, responses, signedIn } from '../responses.ts';

const Params = Type.Object({ ...IdParams.properties, invitationId: Uuid });

export function deleteInvitation(app: Server, { sql }: Context): void {
  app.delete(
    '/auth/workspaces/:id/invitations/:invitationId',
    {
      schema: {
        operationId: 'deleteInvitation',
        summary: 'Take back an invitation',
        tags: ['members'],
        security: signedIn,
        params: Params,
        response: responses({ 204: Nothing }, 400, 401, 403, 404, 503),
      },
    },
    async (request, reply) => {
      const { id: workspaceId, invitationId } = request.params;
      await transaction(sql, async (tx) => {
        await lockWorkspace(tx, caller(request), workspaceId, 'invitations.manage');
        const { count } = await tx`
          delete from invitations where id = ${invitationId} and workspace_id = ${workspaceId} and accepted_at is null`;
        if (count === 0) throw problems.not_found();
        const actorId = request.identity.userId;
        await audit(tx, request, { action: 'invitation.deleted', actorId, subject: `invitation:${invitationId}`, workspaceId });
      });
      return reply.code(204).send(null);
    },
  );
}
