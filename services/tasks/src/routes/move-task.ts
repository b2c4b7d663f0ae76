import { IdParams } from '@taskflow/contracts/primitives';
import { MoveTask, Task } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseTask } from '../refusal.ts';
import { security, writeRefusals } from '../responses.ts';
import { lockTask } from '../task.ts';
import { onceInTransaction, writeOnce } from '../write.ts';

export function moveTask(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/:id/move',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'moveTask',
        summary: 'Put a task into a column, before or after another one or at the end',
        tags: ['tasks'],
        security,
        params: IdParams,
        body: MoveTask,
        response: { 200: Task, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { id } = request.params;
      const { columnId, before = null, after = null, force = false } = request.body;
      if (before && after) throw problems.invalid('Send before or after, not both');
      const version = ifMatchVersion(request);
      return writeOnce(sql, reply, async (tx) => {
        const [row] = await tx<Array<{ task: Task }>>`
          with before as materialized (
          ${lockTask(tx, identity, id, 'task.edit', { version })}
        ), after as (
            update tasks t
            set column_id = ${columnId}, rank = place_task(${columnId}, t.id, ${before}, ${after}, ${force}),
                version = t.version + 1, updated_at = now()
            from before where t.id = (before.task).id
            returning t as task, before.task as old
          )
          select task_json(task) as task, record_task_event(${tx.json(eventContext(request))}, 'task.moved', old, task)
          from after`;
        if (!row) return refuseTask(tx, identity, id, 'task.edit', { version });
        reply.header('etag', etag(row.task.version));
        return row.task;
      });
    },
  );
}
