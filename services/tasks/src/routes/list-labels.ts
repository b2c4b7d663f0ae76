import { type Label, LabelPage, LabelQuery } from '@taskflow/contracts/tasks';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { labelColumns } from '../labels/label.ts';
import { refusals, security } from '../responses.ts';

export function listLabels(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/labels',
    {
      schema: {
        operationId: 'listLabels',
        summary: 'Labels of your workspaces and of the projects that you may see, by name',
        tags: ['labels'],
        security,
        querystring: LabelQuery,
        response: { 200: LabelPage, ...refusals() },
      },
    },
    async ({ identity, query }) => {
      const { cursor, limit = 50, workspaceId, projectId } = query;
      const [name, id] = cursor ? (decodeCursor(cursor, 2) as [string, string]) : [null, null];
      const rows = await sql<Label[]>`
        select ${labelColumns(sql)}
        from labels l left join projects p on p.id = l.project_id
        where l.workspace_id = any(${workspaceId ? [workspaceId] : Object.keys(identity.workspaces)}::uuid[])
          and l.workspace_id = any(${Object.keys(identity.workspaces)}::uuid[])
          and (l.project_id is null or (p.deleted_at is null and ${may(sql, identity, 'project.read')}))
          ${
            projectId
              ? sql`and coalesce(l.project_id, ${projectId}) = ${projectId}
                    and l.workspace_id = (select workspace_id from projects where id = ${projectId})`
              : sql``
          }
          ${name === null ? sql`` : sql`and (lower(l.name), l.id) > (lower(${name}), ${id}::uuid)`}
        order by lower(l.name), l.id
        limit ${limit + 1}`;
      return toPage(
        rows,
        limit,
        (label) => [label.name, label.id],
        (label) => label,
      );
    },
  );
}
