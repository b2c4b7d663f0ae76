import { IdParams } from '@taskflow/contracts/primitives';
import { type Task, TaskPage, TaskQuery } from '@taskflow/contracts/tasks';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { requireReadableProject } from '../readable.ts';
import { refusals, security } from '../responses.ts';

export function listTasks(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/projects/:id/tasks',
    {
      schema: {
        operationId: 'listTasks',
        summary: 'The tasks of a project, by number',
        tags: ['tasks'],
        security,
        params: IdParams,
        querystring: TaskQuery,
        response: { 200: TaskPage, ...refusals(404) },
      },
    },
    async (request) => {
      const { cursor, limit = 50, columnId, category, assigneeId, labelId, priority, parentId } = request.query;
      const { dueBefore, dueAfter, deleted = false } = request.query;
      const [number] = cursor ? decodeCursor(cursor, 1) : [0];
      const rows = await sql<Array<{ number: number; task: Task }>>`
        select t.number, task_json(t) as task
        from projects p join tasks t on t.project_id = p.id
        where p.id = ${request.params.id} and p.deleted_at is null and ${may(sql, request.identity, 'project.read')}
          and t.number > ${Number(number)} and (t.deleted_at is not null) = ${deleted}
          ${columnId ? sql`and t.column_id = ${columnId}` : sql``}
          ${category ? sql`and (select c.category from columns c where c.id = t.column_id) = ${category}` : sql``}
          ${assigneeId ? sql`and t.assignee_ids @> array[${assigneeId}]::uuid[]` : sql``}
          ${labelId ? sql`and t.label_ids @> array[${labelId}]::uuid[]` : sql``}
          ${priority ? sql`and t.priority = ${priority}` : sql``}
          ${parentId ? sql`and t.parent_id = ${parentId}` : sql``}
          ${dueBefore ? sql`and t.due_date <= ${dueBefore}::date` : sql``}
          ${dueAfter ? sql`and t.due_date >= ${dueAfter}::date` : sql``}
        order by t.number
        limit ${limit + 1}`;
      // An empty page may mean that there is no project to see.
      if (rows.length === 0) await requireReadableProject(sql, request.identity, request.params.id);
      return toPage(
        rows,
        limit,
        (row) => [row.number],
        (row) => row.task,
      );
    },
  );
}
