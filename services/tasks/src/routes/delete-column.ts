import { Uuid } from '@taskflow/contracts/primitives';
import { ColumnParams } from '@taskflow/contracts/tasks';
import { ifMatchVersion, stale } from '@taskflow/http/conditional';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { problems, refuse } from '../problems.ts';
import { lockProject, touchProject } from '../project.ts';
import { security, writeRefusals } from '../responses.ts';
import { lockOrderOfProject } from '../task.ts';

export function deleteColumn(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/projects/:id/columns/:columnId',
    {
      schema: {
        operationId: 'deleteColumn',
        summary: 'Delete a column; its tasks go to the end of the column moveTo. If-Match names the version of the column',
        tags: ['projects'],
        security,
        params: ColumnParams,
        querystring: Type.Object({ moveTo: Type.Optional(Uuid) }),
        response: { 204: Type.Null(), ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { id: projectId, columnId } = request.params;
      const { moveTo } = request.query;
      const version = ifMatchVersion(request);
      await transaction(sql, async (tx) => {
        await lockOrderOfProject(tx, projectId);
        const { columns } = await lockProject(tx, request.identity, projectId);
        const column = columns.find(({ id }) => id === columnId);
        if (!column) throw common.not_found();
        if (column.version !== version) throw stale(column);
        if (columns.length === 1) throw problems.last_column();
        if (moveTo !== undefined && !columns.some(({ id }) => id === moveTo && id !== columnId)) throw problems.no_such_column();
        await tx`select from columns where id = ${columnId} for update`; // no task enters it from here on
        const tasks = await tx<Array<{ id: string }>>`select id from tasks where column_id = ${columnId} order by id for no key update`;
        if (tasks.length > 0) {
          if (moveTo === undefined) throw problems.column_not_empty();
          // Deleted tasks go along, so that they can still be restored; nobody needs to hear of that.
          await tx`
            with before as materialized (
              select t as task from tasks t where t.column_id = ${columnId}
            ), placed as materialized (
              select * from append_tasks(${moveTo}, (select array_agg((task).id order by (task).rank) from before), true)
            ), after as (
              update tasks t set column_id = ${moveTo}, rank = placed.rank, version = t.version + 1, updated_at = now()
              from before join placed on placed.task_id = (before.task).id
              where t.id = placed.task_id
              returning t as task, before.task as old
            )
            select record_task_event(${tx.json(eventContext(request))}, 'task.moved', old, task)
            from after where (task).deleted_at is null order by (task).rank`;
        }
        await tx`delete from columns where id = ${columnId}`;
        await tx`
          update columns set position = ordered.place - 1
          from (select id, row_number() over (order by position) as place from columns where project_id = ${projectId}) as ordered
          where columns.id = ordered.id`;
        await touchProject(tx, projectId);
        await recordProjectEvent(tx, eventContext(request), 'column.deleted', projectId, { data: { ...column, moveTo: moveTo ?? null } });
      }).catch(refuse);
      return reply.code(204).send(null);
    },
  );
}
