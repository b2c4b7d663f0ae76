import { InvitationToken, JoinedWorkspace } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { issueAccessToken, loadAccount } from '../access-token.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { claimInvitation, useInvitation } from '../invitations.ts';
import { responses, signedIn } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';
import { assertFewWorkspaces, selectWorkspaces } from '../workspaces.ts';

/** For someone who has an account; a new account accepts with POST /auth/register. */
export function acceptInvitation(app: Server, { sql, keys }: Context): void {
  app.post(
    '/auth/invitations/accept',
    {
      config: { idempotency: 'off' },
      schema: {
        operationId: 'acceptInvitation',
        summary: 'Join the workspace that invites you',
        tags: ['members'],
        security: signedIn,
        body: InvitationToken,
        response: responses({ 200: JoinedWorkspace }, 400, 401, 403, 404, 409, 413, 415, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'invitation.accept');
      const { userId, sessionId, scopes } = request.identity;
      const { workspace, account } = await transaction(sql, async (tx) => {
        const { email } = (await loadAccount(tx, userId))!;
        const invitation = await claimInvitation(tx, request.body.token, email);
        await useInvitation(tx, request, invitation, userId);
        await assertFewWorkspaces(tx, userId);
        await revokeAccessTokens(tx, [userId]);
        const [joined] = await selectWorkspaces(tx, userId, invitation.workspaceId);
        return { workspace: joined!, account: (await loadAccount(tx, userId))! };
      });
      reply.header('cache-control', 'no-store');
      return { workspace, ...(await issueAccessToken(keys, account, sessionId, scopes)) };
    },
  );
}
