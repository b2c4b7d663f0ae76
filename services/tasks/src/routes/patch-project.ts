import { IdParams } from '@taskflow/contracts/primitives';
import { PatchProject, Project } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { lockProject, readProject } from '../project.ts';
import { security, writeRefusals } from '../responses.ts';

export function patchProject(app: Server, { sql }: Context): void {
  app.patch(
    '/tasks/projects/:id',
    {
      schema: {
        operationId: 'patchProject',
        summary: 'Change the named fields of a project (JSON Merge Patch); archive it or bring it back',
        tags: ['projects'],
        security,
        params: IdParams,
        body: PatchProject,
        response: { 200: Project, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity, body } = request;
      const { id } = request.params;
      const version = ifMatchVersion(request);
      const project = await transaction(sql, async (tx) => {
        const before = await lockProject(tx, identity, id, { version, archived: true });
        const after = { ...before, ...body, description: body.description === undefined ? before.description : (body.description ?? '') };
        await tx`
          update projects
          set name = ${after.name}, description = ${after.description}, private = ${after.private}, archived = ${after.archived},
              version = version + 1, updated_at = now()
          where id = ${id}`;
        const changes = (['name', 'description', 'private', 'archived'] as const)
          .filter((field) => before[field] !== after[field])
          .map((field) => ({ field, from: before[field], to: after[field] }));
        await recordProjectEvent(tx, eventContext(request), 'project.updated', id, { changes });
        return readProject(tx, identity, id);
      });
      reply.header('etag', etag(project.version));
      return project;
    },
  );
}
