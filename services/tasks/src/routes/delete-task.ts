import { IdParams } from '@taskflow/contracts/primitives';
import { ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseTask } from '../refusal.ts';
import { security, writeRefusals } from '../responses.ts';
import { lockTask } from '../task.ts';

/** Subtasks of a deleted task stay, and are its subtasks again when it is restored. */
export function deleteTask(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/:id',
    {
      schema: {
        operationId: 'deleteTask',
        summary: 'Delete a task; it can be restored',
        tags: ['tasks'],
        security,
        params: IdParams,
        response: { 204: Type.Null(), ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { id } = request.params;
      const version = ifMatchVersion(request);
      const [row] = await sql`
        with before as materialized (
          ${lockTask(sql, identity, id, 'task.edit', { version })}
        ), after as (
          update tasks t set deleted_at = now(), updated_at = now(), version = t.version + 1
          from before where t.id = (before.task).id
          returning t as task, before.task as old
        )
        select record_task_event(${sql.json(eventContext(request))}, 'task.deleted', old, task) from after`;
      if (!row) return refuseTask(sql, identity, id, 'task.edit', { version });
      return reply.code(204).send(null);
    },
  );
}
