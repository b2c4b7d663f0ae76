import { BulkAnswer, BulkTasks, type Task } from '@taskflow/contracts/tasks';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { Transaction } from '@taskflow/postgres/database';
import { may, READERS } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { problems } from '../problems.ts';
import { refusals, security } from '../responses.ts';
import { lockOrderOfTasks } from '../task.ts';
import { taskAssignments } from '../task-patch.ts';
import { onceInTransaction, writeAllOnce } from '../write.ts';

export function bulkTasks(app: Server, { sql, directory }: Context): void {
  app.post(
    '/tasks/bulk',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'bulkTasks',
        summary: 'The same change to up to 500 tasks, all or none',
        tags: ['tasks'],
        security,
        body: BulkTasks,
        response: { 200: BulkAnswer, ...refusals(403, 404, 409, 412, 422) },
      },
    },
    async (request, reply) => {
      const { identity, body } = request;
      const ids = body.items.map(({ id }) => id);
      if (new Set(ids).size !== ids.length) throw common.invalid('A task is named twice');
      const assignments = bulkAssignments(sql as never, body);
      if (!assignments) throw common.invalid('Say what to change: patch, add or remove people and labels, or delete, which stands alone');
      const assigned = [...(body.patch?.assigneeIds ?? []), ...(body.addAssigneeIds ?? [])];
      if (assigned.length > 0) await directory.requireFresh(identity, assigned);
      return writeAllOnce(sql, reply, async (tx) => {
        await lockOrderOfTasks(tx, ids);
        await lockItems(tx, identity, body.items);
        const column = body.patch?.columnId;
        const rows = await tx<Array<{ task: Task }>>`
          with before as materialized (
            select t as task from tasks t where t.id = any(${ids}::uuid[])
          ), placed as materialized (
            ${
              column === undefined
                ? tx`select null::uuid as task_id, null::text as rank where false`
                : tx`select * from append_tasks(${column}, ${ids}::uuid[], ${body.force ?? false})`
            }
          ), after as (
            update tasks t set ${bulkAssignments(tx, body)!}, version = t.version + 1, updated_at = now()
            from before left join placed on placed.task_id = (before.task).id
            where t.id = (before.task).id
            returning t as task, before.task as old
          )
          select task_json(task) as task,
                 record_task_event(${tx.json(eventContext(request))},
                                   case when (task).deleted_at is not null then 'task.deleted'
                                        when (task).column_id <> (old).column_id then 'task.moved' else 'task.updated' end, old, task)
          from (select * from after order by array_position(${ids}::uuid[], (after.task).id)) as ordered`;
        return { items: rows.map(({ task }) => task) };
      });
    },
  );
}

/** SET list, or undefined when nothing, or a deletion together with something else, is asked for. */
function bulkAssignments(sql: Transaction, body: BulkTasks) {
  const { patch, addAssigneeIds, removeAssigneeIds, addLabelIds, removeLabelIds } = body;
  const list = [];
  if (patch) {
    const { columnId, ...rest } = patch;
    if (columnId !== undefined) list.push(sql`column_id = ${columnId}::uuid, rank = coalesce(placed.rank, t.rank)`);
    if (Object.keys(rest).length > 0) list.push(taskAssignments(sql, rest));
  }
  // What patch sets anew is not added to or removed from as well.
  if (!patch?.assigneeIds && (addAssigneeIds || removeAssigneeIds)) {
    const changed = changedArray(sql, sql`t.assignee_ids`, addAssigneeIds, removeAssigneeIds);
    list.push(sql`assignee_ids = check_assignees(t.project_id, t.assignee_ids, ${changed}, ${sql.json(READERS)})`);
  }
  if (!patch?.labelIds && (addLabelIds || removeLabelIds)) {
    list.push(sql`label_ids = check_labels(t.project_id, ${changedArray(sql, sql`t.label_ids`, addLabelIds, removeLabelIds)})`);
  }
  if (body.delete) return list.length === 0 ? sql`deleted_at = now()` : undefined;
  return list.length === 0 ? undefined : list.reduce((left, right) => sql`${left}, ${right}`);
}

/** The array without what is removed, then what is added and not in it yet. */
const changedArray = (sql: Transaction, array: ReturnType<Transaction>, add: string[] = [], remove: string[] = []) => sql`
  array(select kept from unnest(${array}) as kept where kept <> all (${remove}::uuid[]))
  || array(select added from unnest(${add}::uuid[]) as added where added <> all (${array}))`;

/**
 * Locks the tasks in the order of their ids, so that two bulk changes cannot wait for each other.
 * @throws Problem 404, 403, 409, 412 with the current representation of all that have changed
 */
async function lockItems(tx: Transaction, identity: Parameters<typeof may>[1], items: BulkTasks['items']): Promise<void> {
  const rows = await tx<Array<{ id: string; version: number; allowed: boolean; archived: boolean }>>`
    select t.id, t.version, p.archived, ${may(tx, identity, 'task.edit')} as allowed
    from tasks t join projects p on p.id = t.project_id
    where t.id = any(${items.map(({ id }) => id)}::uuid[]) and t.deleted_at is null and p.deleted_at is null
      and ${may(tx, identity, 'project.read')}
    order by t.id
    for no key update of t`;
  const found = new Map(rows.map((row) => [row.id, row]));
  const missing = items.filter(({ id }) => !found.has(id)).map(({ id }) => id);
  if (missing.length > 0) throw common.not_found({ detail: 'Some of the tasks do not exist', members: { missing } });
  if (rows.some(({ allowed }) => !allowed)) throw common.forbidden();
  if (rows.some(({ archived }) => archived)) throw problems.project_archived();
  const changed = items.filter(({ id, version }) => version !== undefined && found.get(id)?.version !== version).map(({ id }) => id);
  if (changed.length === 0) return;
  const current = await tx<
    Array<{ task: Task }>
  >`select task_json(t) as task from tasks t where t.id = any(${changed}::uuid[]) order by t.id`;
  throw common.precondition_failed({ members: { current: current.map(({ task }) => task) } });
}
