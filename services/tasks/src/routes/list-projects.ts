import { type Project, ProjectPage, ProjectQuery } from '@taskflow/contracts/tasks';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { projectColumns } from '../project.ts';
import { refusals, security } from '../responses.ts';

export function listProjects(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/projects',
    {
      schema: {
        operationId: 'listProjects',
        summary: 'The projects that you may see, by key',
        tags: ['projects'],
        security,
        querystring: ProjectQuery,
        response: { 200: ProjectPage, ...refusals() },
      },
    },
    async (request) => {
      const { cursor, limit = 50, workspaceId, archived, deleted = false } = request.query;
      const { workspaces } = request.identity;
      const [key, id] = cursor ? (decodeCursor(cursor, 2) as [string, string]) : [null, null];
      const rows = await sql<Project[]>`
        select ${projectColumns(sql, request.identity)}
        from projects p
        where p.workspace_id = any(${workspaceId ? [workspaceId] : Object.keys(workspaces)}::uuid[])
          and (p.deleted_at is not null) = ${deleted}
          and ${may(sql, request.identity, deleted ? 'project.manage' : 'project.read')}
          ${archived === undefined ? sql`` : sql`and p.archived = ${archived}`}
          ${key === null ? sql`` : sql`and (p.key, p.id) > (${key}, ${id}::uuid)`}
        order by p.key, p.id
        limit ${limit + 1}`;
      return toPage(
        rows,
        limit,
        (project) => [project.key, project.id],
        (project) => project,
      );
    },
  );
}
