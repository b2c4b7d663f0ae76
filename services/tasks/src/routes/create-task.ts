import { IdParams } from '@taskflow/contracts/primitives';
import { CreateTask, Task } from '@taskflow/contracts/tasks';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { v7 } from 'uuid';
import { may, READERS } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseProject } from '../refusal.ts';
import { refusals, security } from '../responses.ts';
import { onceInTransaction, writeOnce } from '../write.ts';

export function createTask(app: Server, { sql, directory }: Context): void {
  app.post(
    '/tasks/projects/:id/tasks',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'createTask',
        summary: 'Create a task, at the end of the named column or else of the first one',
        tags: ['tasks'],
        security,
        params: IdParams,
        body: CreateTask,
        response: { 201: Task, ...refusals(403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const { identity, body } = request;
      const { title, description = '', priority = 'none', assigneeIds = [], labelIds = [], force = false } = body;
      const { columnId = null, startDate = null, dueDate = null, estimate = null, parentId = null } = body;
      if (assigneeIds.length > 0) await directory.requireFresh(identity, assigneeIds);
      return writeOnce(sql, reply, async (tx) => {
        const [row] = await tx<Array<{ task: Task }>>`
          with project as (
            update projects p set last_number = last_number + 1
            where p.id = ${request.params.id} and p.deleted_at is null and not p.archived and ${may(tx, identity, 'task.edit')}
            returning p.id, p.workspace_id, p.key, p.last_number
          ), place as materialized (
            select project.*, target.id as column_id, place_task(target.id, null, null, null, ${force}) as rank
            from project cross join lateral (
              select coalesce(${columnId}::uuid, (select id from columns where project_id = project.id order by position limit 1)) as id
            ) as target
          ), task as (
            insert into tasks (id, workspace_id, project_id, number, human_id, title, description, column_id, rank, priority,
                               assignee_ids, label_ids, start_date, due_date, estimate, parent_id, created_by)
            select ${v7()}, workspace_id, id, last_number, key || '-' || last_number, ${title}, ${description}, column_id, rank,
                   ${priority}, check_assignees(id, '{}', ${assigneeIds}::uuid[], ${tx.json(READERS)}),
                   check_labels(id, ${labelIds}::uuid[]), ${startDate}::date, ${dueDate}::date, ${estimate}, ${parentId}::uuid,
                   ${identity.userId}
            from place
            returning tasks
          )
          select task_json(tasks) as task, record_task_event(${tx.json(eventContext(request))}, 'task.created', null, tasks)
          from task`;
        if (!row) return refuseProject(tx, identity, request.params.id, 'task.edit');
        reply.code(201).header('location', `/tasks/${row.task.id}`).header('etag', etag(row.task.version));
        return row.task;
      });
    },
  );
}
