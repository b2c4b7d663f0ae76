import { IdParams } from '@taskflow/contracts/primitives';
import { Task } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseTask } from '../refusal.ts';
import { security, writeRefusals } from '../responses.ts';
import { lockTask } from '../task.ts';
import { onceInTransaction, writeOnce } from '../write.ts';

export function restoreTask(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/:id/restore',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'restoreTask',
        summary: 'Bring a deleted task back to where it was, also into a full column',
        tags: ['tasks'],
        security,
        params: IdParams,
        response: { 200: Task, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { id } = request.params;
      const conditions = { version: ifMatchVersion(request), deleted: true };
      return writeOnce(sql, reply, async (tx) => {
        const [row] = await tx<Array<{ task: Task }>>`
          with before as materialized (
            ${lockTask(tx, identity, id, 'task.edit', conditions)}
          ), after as (
            update tasks t set deleted_at = null, updated_at = now(), version = t.version + 1
            from before where t.id = (before.task).id
            returning t as task, before.task as old
          )
          select task_json(task) as task, record_task_event(${tx.json(eventContext(request))}, 'task.restored', old, task) from after`;
        if (!row) return refuseTask(tx, identity, id, 'task.edit', conditions);
        reply.header('etag', etag(row.task.version));
        return row.task;
      });
    },
  );
}
