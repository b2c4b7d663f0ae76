import { IdParams } from '@taskflow/contracts/primitives';
import { Column, CreateColumn } from '@taskflow/contracts/tasks';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { v7 } from 'uuid';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { problems } from '../problems.ts';
import { lockProject, touchProject } from '../project.ts';
import { refusals, security } from '../responses.ts';
import { onceInTransaction, writeAllOnce } from '../write.ts';

const MAX_COLUMNS = 50;

export function createColumn(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/projects/:id/columns',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'createColumn',
        summary: 'Add a column at the end of the board',
        tags: ['projects'],
        security,
        params: IdParams,
        body: CreateColumn,
        response: { 201: Column, ...refusals(403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const { id: projectId } = request.params;
      const { name, category, wipLimit = null } = request.body;
      return writeAllOnce(sql, reply, async (tx) => {
        const { columns } = await lockProject(tx, request.identity, projectId);
        if (columns.length >= MAX_COLUMNS) throw problems.too_many_columns();
        const column = { id: v7(), name, category, wipLimit, version: 1 };
        await tx`
          insert into columns (id, project_id, name, category, wip_limit, position)
          values (${column.id}, ${projectId}, ${name}, ${category}, ${wipLimit}, ${columns.length})`;
        await touchProject(tx, projectId);
        await recordProjectEvent(tx, eventContext(request), 'column.created', projectId, { data: column });
        reply.code(201).header('etag', etag(column.version));
        return column;
      });
    },
  );
}
