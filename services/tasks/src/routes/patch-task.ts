import { IdParams } from '@taskflow/contracts/primitives';
import { PatchTask, Task } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuse } from '../problems.ts';
import { refuseTask } from '../refusal.ts';
import { security, writeRefusals } from '../responses.ts';
import { lockTask } from '../task.ts';
import { taskAssignments } from '../task-patch.ts';

export function patchTask(app: Server, { sql, directory }: Context): void {
  app.patch(
    '/tasks/:id',
    {
      schema: {
        operationId: 'patchTask',
        summary: 'Change the named fields of a task (JSON Merge Patch); another column means: to its end',
        tags: ['tasks'],
        security,
        params: IdParams,
        body: PatchTask,
        response: { 200: Task, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity, body } = request;
      const { id } = request.params;
      const version = ifMatchVersion(request);
      if (body.assigneeIds?.length) await directory.requireFresh(identity, body.assigneeIds);
      const [row] = await sql<Array<{ task: Task }>>`
        with before as materialized (
          ${lockTask(sql, identity, id, 'task.edit', { version })}
        ), after as (
          update tasks t set ${taskAssignments(sql, body)}, version = t.version + 1, updated_at = now()
          from before where t.id = (before.task).id
          returning t as task, before.task as old
        )
        select task_json(task) as task,
               record_task_event(${sql.json(eventContext(request))},
                                 case when (task).column_id <> (old).column_id then 'task.moved' else 'task.updated' end, old, task)
        from after`.catch(refuse);
      if (!row) return refuseTask(sql, identity, id, 'task.edit', { version });
      reply.header('etag', etag(row.task.version));
      return row.task;
    },
  );
}
