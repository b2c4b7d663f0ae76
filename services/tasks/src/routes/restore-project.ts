import { IdParams } from '@taskflow/contracts/primitives';
import { Project } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { lockProject, readProject } from '../project.ts';
import { security, writeRefusals } from '../responses.ts';
import { onceInTransaction, writeAllOnce } from '../write.ts';

export function restoreProject(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/projects/:id/restore',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'restoreProject',
        summary: 'Bring a deleted project back',
        tags: ['projects'],
        security,
        params: IdParams,
        response: { 200: Project, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const version = ifMatchVersion(request);
      return writeAllOnce(sql, reply, async (tx) => {
        await lockProject(tx, request.identity, id, { version, archived: true, deleted: true });
        await tx`update projects set deleted_at = null, updated_at = now(), version = version + 1 where id = ${id}`;
        await recordProjectEvent(tx, eventContext(request), 'project.restored', id);
        const project = await readProject(tx, request.identity, id);
        reply.header('etag', etag(project.version));
        return project;
      });
    },
  );
}
