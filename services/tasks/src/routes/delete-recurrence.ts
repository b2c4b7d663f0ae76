import { IdParams } from '@taskflow/contracts/primitives';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseTask } from '../refusal.ts';
import { security, writeRefusals } from '../responses.ts';
import { lockTask } from '../task.ts';

export function deleteRecurrence(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/:id/recurrence',
    {
      schema: {
        operationId: 'deleteRecurrence',
        summary: 'Let a task not come again',
        tags: ['recurrence'],
        security,
        params: IdParams,
        response: { 204: Type.Null(), ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity, params } = request;
      const version = ifMatchVersion(request);
      const [row] = await sql<Array<{ version: number }>>`
        with before as materialized (
          ${lockTask(sql, identity, params.id, 'task.edit', { version })}
        ), gone as (
          delete from recurrences using before where task_id = (task).id returning rule
        ), after as (
          update tasks t set version = t.version + 1, updated_at = now() from before where t.id = (before.task).id returning t as task
        )
        select (task).version,
               record_task_event(${sql.json(eventContext(request))}, 'task.updated', task, task, jsonb_build_object('changes',
                 jsonb_build_array(jsonb_build_object('field', 'recurrence', 'from', (select rule from gone), 'to', null))))
        from after`;
      if (!row) return refuseTask(sql, identity, params.id, 'task.edit', { version });
      reply.header('etag', etag(row.version));
      return reply.code(204).send(null);
    },
  );
}
