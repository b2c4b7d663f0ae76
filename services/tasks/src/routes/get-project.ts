import { IdParams } from '@taskflow/contracts/primitives';
import { Project } from '@taskflow/contracts/tasks';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { readProject } from '../project.ts';
import { refusals, security } from '../responses.ts';

export function getProject(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/projects/:id',
    {
      schema: {
        operationId: 'getProject',
        summary: 'One project with its columns and members',
        tags: ['projects'],
        security,
        params: IdParams,
        response: { 200: Project, ...refusals(404) },
      },
    },
    async (request, reply) => {
      const project = await readProject(sql, request.identity, request.params.id);
      reply.header('etag', etag(project.version));
      return project;
    },
  );
}
