import { Workspace, WorkspaceList } from '@taskflow/contracts/auth';
import { IdParams } from '@taskflow/contracts/primitives';
import { etag } from '@taskflow/http/conditional';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { authorise, authoriseIn } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { responses, signedIn } from '../responses.ts';
import { selectWorkspaces } from '../workspaces.ts';

/** All of yours, or one. Nobody is in so many that they would need pages. */
export function getWorkspaces(app: Server, { sql }: Context): void {
  app.get(
    '/auth/workspaces',
    {
      schema: {
        operationId: 'listWorkspaces',
        summary: 'Your workspaces, oldest first',
        tags: ['workspaces'],
        security: signedIn,
        response: responses({ 200: WorkspaceList }, 401, 403, 503),
      },
    },
    async (request) => {
      authorise(caller(request), 'account.read');
      return { items: await selectWorkspaces(sql, request.identity.userId) };
    },
  );

  app.get(
    '/auth/workspaces/:id',
    {
      schema: {
        operationId: 'getWorkspace',
        summary: 'One of your workspaces',
        tags: ['workspaces'],
        security: signedIn,
        params: IdParams,
        response: responses({ 200: Workspace }, 400, 401, 403, 404, 503),
      },
    },
    async (request, reply) => {
      authoriseIn(caller(request), request.params.id, 'workspace.read');
      const [workspace] = await selectWorkspaces(sql, request.identity.userId, request.params.id);
      if (!workspace) throw problems.not_found();
      reply.header('etag', etag(workspace.version));
      return workspace;
    },
  );
}
