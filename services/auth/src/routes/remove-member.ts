import { ifMatchVersion, stale } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { audit } from '../audit.ts';
import { authoriseIn, lockWorkspace } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { assertOwned, loadMember, MemberParams, manages } from '../members.ts';
import { Nothing, responses, signedIn } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';

export function removeMember(app: Server, { sql }: Context): void {
  app.delete(
    '/auth/workspaces/:id/members/:userId',
    {
      schema: {
        operationId: 'removeMember',
        summary: 'Remove a member, or leave the workspace',
        tags: ['members'],
        security: signedIn,
        params: MemberParams,
        response: responses({ 204: Nothing }, 400, 401, 403, 404, 409, 412, 428, 503),
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      const { id, userId } = request.params;
      const actorId = request.identity.userId;
      const leaves = userId === actorId;
      await transaction(sql, async (tx) => {
        const ownRole = await lockWorkspace(tx, caller(request), id, leaves ? 'workspace.leave' : 'members.manage');
        const member = await loadMember(tx, id, userId);
        if (!leaves) authoriseIn({ ...caller(request), workspaces: { [id]: ownRole } }, id, manages(member.role));
        if (member.version !== version) throw stale(member);
        await tx`delete from members where workspace_id = ${id} and user_id = ${userId}`;
        await assertOwned(tx, id);
        await revokeAccessTokens(tx, [userId]);
        await audit(tx, request, {
          action: leaves ? 'member.left' : 'member.removed',
          actorId,
          subject: `user:${userId}`,
          workspaceId: id,
          details: { role: member.role },
        });
      });
      return reply.code(204).send(null);
    },
  );
}
