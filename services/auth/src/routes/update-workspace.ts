import { Workspace, WorkspacePatch } from '@taskflow/contracts/auth';
import { IdParams } from '@taskflow/contracts/primitives';
import { etag, ifMatchVersion, stale } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { audit } from '../audit.ts';
import { lockWorkspace } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { responses, signedIn } from '../responses.ts';
import { selectWorkspaces } from '../workspaces.ts';

export function updateWorkspace(app: Server, { sql }: Context): void {
  app.patch(
    '/auth/workspaces/:id',
    {
      schema: {
        operationId: 'updateWorkspace',
        summary: 'Rename a workspace',
        tags: ['workspaces'],
        security: signedIn,
        params: IdParams,
        body: WorkspacePatch,
        response: responses({ 200: Workspace }, 400, 401, 403, 404, 412, 413, 415, 428, 503),
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      const { id } = request.params;
      const { userId } = request.identity;
      const workspace = await transaction(sql, async (tx) => {
        await lockWorkspace(tx, caller(request), id, 'workspace.update');
        const { count } = await tx`
          update workspaces set name = coalesce(${request.body.name ?? null}, name), version = version + 1
          where id = ${id} and version = ${version}`;
        const [current] = await selectWorkspaces(tx, userId, id);
        if (count === 0) throw stale(current!);
        await audit(tx, request, { action: 'workspace.updated', actorId: userId, subject: `workspace:${id}`, workspaceId: id });
        return current!;
      });
      reply.header('etag', etag(workspace.version));
      return workspace;
    },
  );
}
