import { IdParams } from '@taskflow/contracts/primitives';
import { type Comment, CommentPage, CommentQuery } from '@taskflow/contracts/tasks';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { may } from '../authorisation.ts';
import { commentColumns } from '../comments/comment.ts';
import type { Context } from '../context.ts';
import { refusals, security } from '../responses.ts';

const FIRST = '00000000-0000-0000-0000-000000000000';

export function listComments(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/:id/comments',
    {
      schema: {
        operationId: 'listComments',
        summary: 'The comments of a task, oldest first',
        tags: ['comments'],
        security,
        params: IdParams,
        querystring: CommentQuery,
        response: { 200: CommentPage, ...refusals(404) },
      },
    },
    async ({ identity, params, query }) => {
      const { cursor, limit = 50, deleted = false } = query;
      const after = cursor ? String(decodeCursor(cursor, 1)[0]) : FIRST;
      const [task] = await sql<Array<{ moderates: boolean }>>`
        select ${may(sql, identity, 'comment.moderate')} as moderates
        from tasks t join projects p on p.id = t.project_id
        where t.id = ${params.id} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
      if (!task) throw problems.not_found();
      const rows = await sql<Comment[]>`
        select ${commentColumns(sql)}
        from comments c
        where c.task_id = ${params.id} and c.id > ${after}::uuid and (c.deleted_at is not null) = ${deleted}
          ${deleted && !task.moderates ? sql`and c.author_id = ${identity.userId}` : sql``}
        order by c.id
        limit ${limit + 1}`;
      return toPage(
        rows,
        limit,
        (comment) => [comment.id],
        (comment) => comment,
      );
    },
  );
}
