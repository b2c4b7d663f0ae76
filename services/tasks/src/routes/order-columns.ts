import { IdParams } from '@taskflow/contracts/primitives';
import { OrderColumns, Project } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { problems } from '../problems.ts';
import { lockProject, readProject, touchProject } from '../project.ts';
import { security, writeRefusals } from '../responses.ts';

export function orderColumns(app: Server, { sql }: Context): void {
  app.put(
    '/tasks/projects/:id/columns',
    {
      schema: {
        operationId: 'orderColumns',
        summary: 'Put the columns of a board in this order. If-Match names the version of the project',
        tags: ['projects'],
        security,
        params: IdParams,
        body: OrderColumns,
        response: { 200: Project, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { columnIds } = request.body;
      const version = ifMatchVersion(request);
      const project = await transaction(sql, async (tx) => {
        const { columns } = await lockProject(tx, request.identity, id, { version });
        const from = columns.map((column) => column.id);
        if (from.toSorted().join() !== columnIds.toSorted().join()) throw problems.columns_incomplete();
        await tx`
          update columns set position = place - 1
          from unnest(${columnIds}::uuid[]) with ordinality as wanted(id, place)
          where columns.id = wanted.id`;
        await touchProject(tx, id);
        const changes = [{ field: 'columns', from, to: columnIds }];
        await recordProjectEvent(tx, eventContext(request), 'project.updated', id, { changes });
        return readProject(tx, request.identity, id);
      });
      reply.header('etag', etag(project.version));
      return project;
    },
  );
}
