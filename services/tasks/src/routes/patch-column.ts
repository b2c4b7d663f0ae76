import { Column, ColumnParams, PatchColumn } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion, stale } from '@taskflow/http/conditional';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { lockProject, touchProject } from '../project.ts';
import { security, writeRefusals } from '../responses.ts';

export function patchColumn(app: Server, { sql }: Context): void {
  app.patch(
    '/tasks/projects/:id/columns/:columnId',
    {
      schema: {
        operationId: 'patchColumn',
        summary: 'Change the name, category or WIP limit of a column. If-Match names the version of the column',
        tags: ['projects'],
        security,
        params: ColumnParams,
        body: PatchColumn,
        response: { 200: Column, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { id: projectId, columnId } = request.params;
      const version = ifMatchVersion(request);
      const column = await transaction(sql, async (tx) => {
        const { columns } = await lockProject(tx, request.identity, projectId);
        const before = columns.find(({ id }) => id === columnId);
        if (!before) throw common.not_found();
        if (before.version !== version) throw stale(before);
        const after = { ...before, ...request.body, version: version + 1 };
        await tx`
          update columns set name = ${after.name}, category = ${after.category}, wip_limit = ${after.wipLimit}, version = ${after.version}
          where id = ${columnId}`;
        await touchProject(tx, projectId);
        const changes = (['name', 'category', 'wipLimit'] as const)
          .filter((field) => before[field] !== after[field])
          .map((field) => ({ field, from: before[field], to: after[field] }));
        await recordProjectEvent(tx, eventContext(request), 'column.updated', projectId, { changes, data: after });
        return after;
      });
      reply.header('etag', etag(column.version));
      return column;
    },
  );
}
