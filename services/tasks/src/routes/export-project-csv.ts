import { IdParams } from '@taskflow/contracts/primitives';
import type { Server } from '@taskflow/http/server';
import { stringify } from 'csv-stringify/sync';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { fileName, readProjectExport } from '../export/read-project.ts';
import { refusals, security } from '../responses.ts';

export function exportProjectCsv(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/projects/:id/export.csv',
    {
      schema: {
        operationId: 'exportProjectCsv',
        summary: 'The tasks of a project as a table',
        tags: ['export'],
        security,
        params: IdParams,
        response: { 200: { description: 'RFC 4180', content: { 'text/csv': { schema: Type.String() } } }, ...refusals(404) },
      },
    },
    async ({ identity, params }, reply) => {
      const { project, columns, tasks } = await readProjectExport(sql, identity, params.id);
      const rows = tasks.map((task) => ({
        id: `${project.key}-${task.number}`,
        title: task.title,
        description: task.description,
        column: columns[task.column]?.name,
        priority: task.priority,
        labels: task.labels.join(', '),
        assignees: task.assignees.join(', '),
        startDate: task.startDate,
        dueDate: task.dueDate,
        estimate: task.estimate,
        parent: task.parent === null ? '' : `${project.key}-${task.parent}`,
        createdAt: task.createdAt,
      }));
      // A cell that begins like a formula is run by spreadsheets (OWASP, CSV injection): it gets an apostrophe.
      const text = stringify(rows, { header: true, bom: true, escape_formulas: true, record_delimiter: 'windows' });
      return reply
        .header('content-disposition', fileName(project.key, 'csv'))
        .type('text/csv; charset=utf-8')
        .serializer((body: unknown) => body as string)
        .send(text as never);
    },
  );
}
