import type { ChangeEvent, ColumnCategory, ProjectSnapshot, TaskSnapshot } from '@taskflow/contracts/events';
import type { Transaction } from '@taskflow/postgres/database';
import { Ledger } from './ledger.ts';
import { recategorise } from './recategorise.ts';
import { enter, type TaskState, UNSEEN } from './task.ts';
import { loadTasks } from './tasks.ts';

/** First key of the advisory locks by project; the second is the hash of its id. */
const PROJECT_LOCK = 5002;

/**
 * Brings the flow of all projects up to date with events that were not applied before, in their order, in this
 * transaction. Tasks follow their snapshots by version, so an event of the past that comes again changes nothing.
 */
export async function applyEvents(tx: Transaction, events: ChangeEvent[]): Promise<void> {
  const projectIds = [...new Set(events.flatMap(({ projectId }) => projectId ?? []))];
  if (projectIds.length === 0) return;
  await lockProjects(tx, projectIds);
  const categories = await loadCategories(tx, projectIds);
  const taskIds = [...new Set(events.flatMap(({ task }) => task?.id ?? []))];
  let tasks = await loadTasks(tx, taskIds);
  let ledger = new Ledger();
  for (const { project, task, projectId, occurredAt } of events) {
    if (project) {
      const moved = project.columns.filter(({ id, category }) => categories.has(id) && categories.get(id) !== category);
      if (moved.length > 0) await ledger.write(tx);
      await saveProject(tx, project);
      for (const { id, category } of project.columns) categories.set(id, category);
      if (moved.length > 0) {
        for (const { id } of moved) await recategorise(tx, id, categories);
        ledger = new Ledger();
        tasks = await loadTasks(tx, taskIds);
      }
    }
    if (task && projectId) {
      if (!categories.has(task.columnId)) {
        await noteColumn(tx, projectId, task);
        categories.set(task.columnId, task.category);
      }
      const before = tasks.get(task.id);
      const after = applyTask(ledger, before, projectId, task, categories.get(task.columnId) as ColumnCategory, Date.parse(occurredAt));
      tasks.set(task.id, after);
    }
  }
  await ledger.write(tx);
}

function applyTask(
  ledger: Ledger,
  before: TaskState | undefined,
  projectId: string,
  snapshot: TaskSnapshot,
  category: ColumnCategory,
  occurredAt: number,
): TaskState {
  if (before && snapshot.version < before.version) return before;
  const { id, humanId, title, columnId, version, deleted } = snapshot;
  // Transactions that wait for each other can carry times in the other order; a task's own changes never go back in time.
  const at = Math.max(occurredAt, before?.changedAt ?? Number.NEGATIVE_INFINITY);
  const moves = before?.columnId !== columnId;
  const changes = moves || before.deleted !== deleted;
  const after: TaskState = {
    id,
    projectId,
    humanId,
    title,
    columnId,
    createdAt: before?.createdAt ?? Date.parse(snapshot.createdAt),
    changedAt: changes ? at : before.changedAt,
    ...(moves ? enter(before ?? UNSEEN, category, at) : { startedAt: before.startedAt, doneAt: before.doneAt }),
    category,
    visits: (before?.visits ?? 0) + (moves ? 1 : 0),
    version,
    deleted,
  };
  if (moves) ledger.addVisit(after, at);
  if (changes && before && !before.deleted) ledger.addFlow(before, at, -1);
  if (changes && !deleted) ledger.addFlow(after, at, 1);
  ledger.change(before, after);
  return after;
}

async function lockProjects(tx: Transaction, ids: string[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(${PROJECT_LOCK}, hash)
    from (select distinct hashtext(id) as hash from unnest(${ids}::text[]) as id order by hash) as hashes`;
}

async function loadCategories(tx: Transaction, projectIds: string[]): Promise<Map<string, ColumnCategory>> {
  const rows = await tx<Array<{ id: string; category: ColumnCategory }>>`
    select id, category from columns where project_id = any(${projectIds}::uuid[])`;
  return new Map(rows.map(({ id, category }) => [id, category]));
}

async function saveProject(tx: Transaction, project: ProjectSnapshot): Promise<void> {
  const columns = project.columns.map((column, position) => ({ ...column, position }));
  await tx`
    with saved as (
      insert into projects (id, workspace_id, key, name, private, member_ids, deleted)
      values (
        ${project.id}, ${project.workspaceId}, ${project.key}, ${project.name}, ${project.private},
        ${project.members.map(({ userId }) => userId)}::uuid[], ${project.deleted}
      )
      on conflict (id) do update set
        key = excluded.key, name = excluded.name, private = excluded.private,
        member_ids = excluded.member_ids, deleted = excluded.deleted
    ),
    gone as (
      update columns set deleted = true
      where project_id = ${project.id} and not deleted and id <> all(${columns.map(({ id }) => id)}::uuid[])
    )
    insert into columns (id, project_id, name, category, position, deleted)
    select id, ${project.id}, name, category, position, false
    from jsonb_to_recordset(${tx.json(columns)}) as c (id uuid, name text, category text, position int)
    on conflict (id) do update set
      name = excluded.name, category = excluded.category, position = excluded.position, deleted = false`;
}

/** A column whose project snapshot was never delivered: the task's own snapshot says what it means. */
async function noteColumn(tx: Transaction, projectId: string, { columnId, category }: TaskSnapshot): Promise<void> {
  await tx`
    insert into columns (id, project_id, name, category, position, deleted)
    values (${columnId}, ${projectId}, '', ${category}, 0, false)`;
}
