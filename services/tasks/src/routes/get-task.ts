import { Uuid } from '@taskflow/contracts/primitives';
import { Task, TaskReference } from '@taskflow/contracts/tasks';
import { etag, notModified } from '@taskflow/http/conditional';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { problems } from '../problems.ts';
import { refusals, security } from '../responses.ts';

const UUID_LENGTH = 36;

export function getTask(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/:id',
    {
      schema: {
        operationId: 'getTask',
        summary: 'One task by its id or human id (ENG-12)',
        tags: ['tasks'],
        security,
        params: TaskReference,
        querystring: Type.Object({
          workspaceId: Type.Optional({ ...Uuid, description: 'whose ENG-12 is meant, for people of several workspaces' }),
        }),
        response: { 200: Task, 304: Type.Null(), ...refusals(404, 409) },
      },
    },
    async (request, reply) => {
      const { identity, params, query } = request;
      const workspaces = query.workspaceId ? [query.workspaceId] : Object.keys(identity.workspaces);
      const reference =
        params.id.length === UUID_LENGTH
          ? sql`t.id = ${params.id}`
          : sql`t.human_id = ${params.id} and t.workspace_id = any(${workspaces}::uuid[])`;
      const rows = await sql<Array<{ task: Task }>>`
        select task_json(t) as task
        from tasks t join projects p on p.id = t.project_id
        where ${reference} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}
        limit 2`;
      if (rows.length > 1) throw problems.ambiguous_reference();
      const task = rows[0]?.task;
      if (!task) throw common.not_found();
      if (notModified(request, reply, etag(task.version))) return reply;
      return task;
    },
  );
}
