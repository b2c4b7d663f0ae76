import { ProjectExport } from '@taskflow/contracts/export';
import { IdParams } from '@taskflow/contracts/primitives';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { fileName, readProjectExport } from '../export/read-project.ts';
import { refusals, security } from '../responses.ts';

export function exportProjectJson(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/projects/:id/export.json',
    {
      schema: {
        operationId: 'exportProjectJson',
        summary: 'The whole project; an import of format taskflow reads it back',
        tags: ['export'],
        security,
        params: IdParams,
        response: { 200: ProjectExport, ...refusals(404) },
      },
    },
    async ({ identity, params }, reply) => {
      const document = await readProjectExport(sql, identity, params.id);
      reply.header('content-disposition', fileName(document.project.key, 'json'));
      return document;
    },
  );
}
