import { IdParams } from '@taskflow/contracts/primitives';
import { Recurrence } from '@taskflow/contracts/recurrence';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
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
        summary: 'The rule by which a task comes again when it is done',
        tags: ['recurrence'],
        security,
        params: IdParams,
        response: { 200: Recurrence, ...refusals(404) },
      },
    },
    async ({ identity, params }) => {
      const [row] = await sql<RecurrenceRow[]>`
        select r.rule, r.starts_on::text as "startsOn", r.time_zone as "timeZone", t.due_date::text as "dueDate"
        from recurrences r join tasks t on t.id = r.task_id join projects p on p.id = t.project_id
        where t.id = ${params.id} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
      if (!row) throw problems.not_found();
      return toRecurrence(row);
    },
  );
}
