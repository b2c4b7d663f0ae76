import { Member, MemberPatch } from '@taskflow/contracts/auth';
import { etag, ifMatchVersion, stale } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { audit } from '../audit.ts';
import { authoriseIn, lockWorkspace } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { assertOwned, loadMember, MemberParams, manages } from '../members.ts';
import { responses, signedIn } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';

export function updateMember(app: Server, { sql }: Context): void {
  app.patch(
    '/auth/workspaces/:id/members/:userId',
    {
      schema: {
        operationId: 'updateMember',
        summary: "Change a member's role",
        tags: ['members'],
        security: signedIn,
        params: MemberParams,
        body: MemberPatch,
        response: responses({ 200: Member }, 400, 401, 403, 404, 409, 412, 413, 415, 428, 503),
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      const { id, userId } = request.params;
      const { role } = request.body;
      const actorId = request.identity.userId;
      const member = await transaction(sql, async (tx) => {
        const ownRole = await lockWorkspace(tx, caller(request), id, 'members.manage');
        const before = await loadMember(tx, id, userId);
        authoriseIn({ ...caller(request), workspaces: { [id]: ownRole } }, id, manages(before.role, role));
        if (before.version !== version) throw stale(before);
        if (role === undefined || role === before.role) return before;
        await tx`update members set role = ${role}, version = version + 1 where workspace_id = ${id} and user_id = ${userId}`;
        await assertOwned(tx, id);
        await revokeAccessTokens(tx, [userId]);
        await audit(tx, request, {
          action: 'member.role-changed',
          actorId,
          subject: `user:${userId}`,
          workspaceId: id,
          details: { from: before.role, to: role },
        });
        return loadMember(tx, id, userId);
      });
      reply.header('etag', etag(member.version));
      return member;
    },
  );
}
