import { IdParams } from '@taskflow/contracts/primitives';
import { Recurrence, SetRecurrence } from '@taskflow/contracts/recurrence';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { problems } from '../problems.ts';
import { type RecurrenceRow, toRecurrence } from '../recurrence/recurrence.ts';
import { checkRule } from '../recurrence/rule.ts';
import { refuseTask } from '../refusal.ts';
import { security, writeRefusals } from '../responses.ts';
import { lockTask } from '../task.ts';
import { dateIn } from '../time-zone.ts';

export function setRecurrence(app: Server, { sql }: Context): void {
  app.put(
    '/tasks/:id/recurrence',
    {
      schema: {
        operationId: 'setRecurrence',
        summary: 'Let a task come again: when it is done, the next one is made. Part of the task: its ETag is asked for',
        tags: ['recurrence'],
        security,
        params: IdParams,
        body: SetRecurrence,
        response: { 200: Recurrence, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity, params, body } = request;
      const version = ifMatchVersion(request);
      const { timeZone = 'UTC' } = body;
      const rule = checkRule(body.rule);
      const today = dateIn(timeZone);
      return transaction(sql, async (tx) => {
        const [row] = await tx<Array<RecurrenceRow & { version: number }>>`
          with before as materialized (
            ${lockTask(tx, identity, params.id, 'task.edit', { version })}
          ), old as (
            select rule from recurrences where task_id = ${params.id}
          ), recurrence as (
            insert into recurrences (task_id, rule, starts_on, time_zone)
            select (task).id, ${rule}, coalesce((task).due_date, (task).start_date, ${today}::date), ${timeZone} from before
            on conflict (task_id) do update
              set rule = excluded.rule, starts_on = excluded.starts_on, time_zone = excluded.time_zone
            returning starts_on
          ), after as (
            update tasks t set version = t.version + 1, updated_at = now() from before where t.id = (before.task).id returning t as task
          )
          select (task).version, ${rule} as rule, starts_on::text as "startsOn", ${timeZone} as "timeZone", (task).due_date::text as "dueDate",
                 record_task_event(${tx.json(eventContext(request))}, 'task.updated', task, task, jsonb_build_object('changes',
                   jsonb_build_array(jsonb_build_object('field', 'recurrence', 'from', (select rule from old), 'to', ${rule}::text))))
          from after, recurrence`;
        if (!row) return refuseTask(tx, identity, params.id, 'task.edit', { version });
        const recurrence = toRecurrence(row);
        if (recurrence.next.length === 0) throw problems.recurrence_invalid({ detail: 'The rule has no date after this task' });
        reply.header('etag', etag(row.version));
        return recurrence;
      });
    },
  );
}
