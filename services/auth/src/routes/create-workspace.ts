import { JoinedWorkspace, NewWorkspace } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import { issueAccessToken, loadAccount } from '../access-token.ts';
import { insertWorkspace } from '../accounts.ts';
import { audit } from '../audit.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { responses, signedIn } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';
import { assertFewWorkspaces, selectWorkspaces } from '../workspaces.ts';

export function createWorkspace(app: Server, { sql, keys }: Context): void {
  app.post(
    '/auth/workspaces',
    {
      schema: {
        operationId: 'createWorkspace',
        summary: 'Make a workspace, which you own',
        tags: ['workspaces'],
        security: signedIn,
        body: NewWorkspace,
        response: responses({ 201: JoinedWorkspace }, 400, 401, 403, 409, 413, 415, 422, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'workspace.create');
      const { userId, sessionId, scopes } = request.identity;
      const { workspace, account } = await transaction(sql, async (tx) => {
        await lockOrder(tx, userId);
        const id = await insertWorkspace(tx, request.body.name, userId);
        await assertFewWorkspaces(tx, userId);
        await revokeAccessTokens(tx, [userId]);
        await audit(tx, request, { action: 'workspace.created', actorId: userId, subject: `workspace:${id}`, workspaceId: id });
        const [created] = await selectWorkspaces(tx, userId, id);
        return { workspace: created!, account: (await loadAccount(tx, userId))! };
      });
      reply.code(201).header('location', `/auth/workspaces/${workspace.id}`).header('cache-control', 'no-store');
      return { workspace, ...(await issueAccessToken(keys, account, sessionId, scopes)) };
    },
  );
}
