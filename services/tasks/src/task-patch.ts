import type { PatchTask } from '@taskflow/contracts/tasks';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { READERS } from './authorisation.ts';

/**
 * SET list of an UPDATE of a row `t` of tasks: the named fields and no others. A null empties (RFC 7396). New assignees and
 * labels are checked, and a new column means its end, within the statement.
 */
export function taskAssignments(sql: Sql | Transaction, patch: PatchTask, force = false) {
  const assignments = Object.entries(patch)
    .filter(([, value]) => value !== undefined)
    .map(([field]) => ASSIGNMENTS[field as keyof PatchTask](sql, patch, force));
  return assignments.reduce((list, assignment) => sql`${list}, ${assignment}`);
}

type Assign = (sql: Sql | Transaction, patch: PatchTask, force: boolean) => ReturnType<Sql>;

const ASSIGNMENTS: Record<keyof PatchTask, Assign> = {
  title: (sql, { title }) => sql`title = ${title!}`,
  description: (sql, { description }) => sql`description = ${description ?? ''}`,
  priority: (sql, { priority }) => sql`priority = ${priority ?? 'none'}`,
  startDate: (sql, { startDate }) => sql`start_date = ${startDate!}::date`,
  dueDate: (sql, { dueDate }) => sql`due_date = ${dueDate!}::date`,
  estimate: (sql, { estimate }) => sql`estimate = ${estimate!}`,
  parentId: (sql, { parentId }) => sql`parent_id = ${parentId!}::uuid`,
  assigneeIds: (sql, { assigneeIds }) =>
    sql`assignee_ids = check_assignees(t.project_id, t.assignee_ids, ${assigneeIds ?? []}::uuid[], ${sql.json(READERS)})`,
  labelIds: (sql, { labelIds }) => sql`label_ids = check_labels(t.project_id, ${labelIds ?? []}::uuid[])`,
  columnId: (sql, { columnId }, force) => sql`
    column_id = ${columnId!}::uuid,
    rank = case when t.column_id = ${columnId!}::uuid then t.rank
                else place_task(${columnId!}::uuid, t.id, null, null, ${force}) end`,
};
