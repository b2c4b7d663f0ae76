import { IdParams } from '@taskflow/contracts/primitives';
import { ifMatchVersion, stale } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { audit } from '../audit.ts';
import { lockWorkspace } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { Nothing, responses, signedIn } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';
import { selectWorkspaces } from '../workspaces.ts';

/**
 * The workspace is in nobody's access token any more, so nothing in it can be reached in any service. Its rows stay: other
 * services hold its id, and an operator can undo a deletion (`deleted_at = null`).
 */
export function deleteWorkspace(app: Server, { sql }: Context): void {
  app.delete(
    '/auth/workspaces/:id',
    {
      schema: {
        operationId: 'deleteWorkspace',
        summary: 'Delete a workspace; everything in it is out of reach for all its members',
        tags: ['workspaces'],
        security: signedIn,
        params: IdParams,
        response: responses({ 204: Nothing }, 400, 401, 403, 404, 412, 428, 503),
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      const { id } = request.params;
      const { userId } = request.identity;
      await transaction(sql, async (tx) => {
        await lockWorkspace(tx, caller(request), id, 'workspace.delete');
        const [current] = await selectWorkspaces(tx, userId, id);
        if (current!.version !== version) throw stale(current!);
        await tx`update workspaces set deleted_at = now(), version = version + 1 where id = ${id}`;
        const members = await tx<Array<{ userId: string }>>`select user_id as "userId" from members where workspace_id = ${id}`;
        await revokeAccessTokens(
          tx,
          members.map((member) => member.userId),
        );
        await audit(tx, request, { action: 'workspace.deleted', actorId: userId, subject: `workspace:${id}`, workspaceId: id });
      });
      return reply.code(204).send(null);
    },
  );
}
