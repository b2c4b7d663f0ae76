import { IdParams } from '@taskflow/contracts/primitives';
import { Recurrence } from '@taskflow/contracts/recurrence';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { type RecurrenceRow, toRecurrence } from '../recurrence/recurrence.ts';
import { refusals, security } from '../responses.ts';

export function getRecurrence(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/:id/recurrence',
    {
      schema: {
        operationId: 'getRecurrence',
        summary: 'The rule by which a task comes again when it is done; 204 when it does not',
        tags: ['recurrence'],
        security,
        params: IdParams,
        response: { 200: Recurrence, 204: Type.Null({ description: 'the task does not come again' }), ...refusals(404) },
      },
    },
    async ({ identity, params }, reply) => {
      const [row] = await sql<Array<RecurrenceRow | (Omit<RecurrenceRow, 'rule'> & { rule: null })>>`
        select r.rule, r.starts_on::text as "startsOn", r.time_zone as "timeZone", t.due_date::text as "dueDate"
        from tasks t join projects p on p.id = t.project_id left join recurrences r on r.task_id = t.id
        where t.id = ${params.id} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
      if (!row) throw problems.not_found();
      return row.rule === null ? reply.code(204).send(null) : toRecurrence(row);
    },
  );
}
