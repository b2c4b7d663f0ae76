import { AccessToken, OwnershipTransfer } from '@taskflow/contracts/auth';
import { IdParams } from '@taskflow/contracts/primitives';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { issueAccessToken, loadAccount } from '../access-token.ts';
import { audit } from '../audit.ts';
import { lockWorkspace } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { loadMember } from '../members.ts';
import { authProblems } from '../problems.ts';
import { responses, signedIn } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';

/** Another member becomes owner in one step, and the caller admin. The answer has the caller's next access token. */
export function transferOwnership(app: Server, { sql, keys }: Context): void {
  app.post(
    '/auth/workspaces/:id/transfer',
    {
      config: { idempotency: 'off' },
      schema: {
        operationId: 'transferOwnership',
        summary: 'Hand your ownership to another member; you become admin',
        tags: ['workspaces'],
        security: signedIn,
        params: IdParams,
        body: OwnershipTransfer,
        response: responses({ 200: AccessToken }, 400, 401, 403, 404, 409, 413, 415, 503),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { userId: heir } = request.body;
      const { userId, sessionId, scopes } = request.identity;
      const account = await transaction(sql, async (tx) => {
        await lockWorkspace(tx, caller(request), id, 'workspace.transfer');
        const member = await loadMember(tx, id, heir);
        if (member.role === 'owner') throw authProblems.already_owner();
        if (!member.active) throw authProblems.account_inactive();
        await tx`
          update members set role = case user_id when ${heir} then 'owner' else 'admin' end, version = version + 1
          where workspace_id = ${id} and user_id in (${heir}, ${userId})`;
        await revokeAccessTokens(tx, [heir, userId]);
        await audit(tx, request, {
          action: 'ownership.transferred',
          actorId: userId,
          subject: `user:${heir}`,
          workspaceId: id,
          details: { from: member.role },
        });
        return (await loadAccount(tx, userId))!;
      });
      reply.header('cache-control', 'no-store');
      return issueAccessToken(keys, account, sessionId, scopes);
    },
  );
}
