import type { ImportReport } from '@taskflow/contracts/import';
import type { Identity } from '@taskflow/http/identity';
import type { Transaction } from '@taskflow/postgres/database';
import { v7 } from 'uuid';
import { may } from '../authorisation.ts';
import { type EventContext, recordProjectEvent } from '../events.ts';
import { recordLabelEvent } from '../labels/label.ts';
import { refuseProject } from '../refusal.ts';
import { People } from './people.ts';
import type { Plan } from './plan.ts';

/** Where an import goes: a project that the person manages, or a new one. */
type Target = { projectId: string } | { workspaceId: string; key: string; name: string; private: boolean };

interface Options {
  identity: Identity;
  context: EventContext;
  target: Target;
  plan: Plan;
  preview: boolean;
}

const MAX_COMMENT = 20_000;

/** Makes what a plan says, all in the caller's transaction, with one statement a kind; or with `preview` only says it. */
export async function commitPlan(tx: Transaction, { identity, context, target, plan, preview }: Options): Promise<ImportReport> {
  await tx`select set_config('statement_timeout', '60000', true)`;
  const existing = 'projectId' in target ? await lockProject(tx, identity, target.projectId) : null;
  const projectId = existing?.id ?? v7();
  const workspaceId = existing?.workspaceId ?? (target as { workspaceId: string }).workspaceId;
  const people = await People.read(tx, workspaceId, existing?.id ?? null, (target as { private?: boolean }).private ? 'closed' : 'open');
  const assignees = people.assigneesOf(plan);
  const columns = await planColumns(tx, plan, existing?.id ?? null);
  const labels = await planLabels(tx, plan, workspaceId, existing?.id ?? null);
  const report: ImportReport = {
    projectId: preview && !existing ? null : projectId,
    preview,
    columns: columns.map(({ id: _, wipLimit: __, ...column }, index) => ({
      ...column,
      tasks: plan.tasks.filter((task) => task.column === index).length,
    })),
    labels: [...labels.values()].map(({ name, isNew }) => ({ name, isNew })),
    tasks: plan.tasks.length,
    comments: plan.tasks.reduce((sum, { comments }) => sum + comments.length, 0),
    examples: plan.tasks.slice(0, 10).map(({ title }) => title),
    unknownPeople: [...people.unknown].slice(0, 100),
    notTakenOver: plan.notTakenOver,
  };
  if (preview) return report;

  if (!existing) await insertProject(tx, identity, projectId, target as Target & { key: string }, plan.description);
  const newColumns = columns.filter(({ isNew }) => isNew);
  if (newColumns.length > 0) {
    await tx`
      insert into columns (id, project_id, name, category, wip_limit, position)
      select id, ${projectId}, name, category, wip, base + place
      from unnest(${newColumns.map(({ id }) => id)}::uuid[], ${newColumns.map(({ name }) => name)}::text[],
                  ${newColumns.map(({ category }) => category)}::text[], ${newColumns.map(({ wipLimit }) => wipLimit)}::int[])
           with ordinality as given(id, name, category, wip, place),
           (select coalesce(max(position), -1) as base from columns where project_id = ${projectId}) as present`;
  }
  if (!existing) await recordProjectEvent(tx, context, 'project.created', projectId);
  else {
    for (const { id, name, category } of newColumns) {
      await recordProjectEvent(tx, context, 'column.created', projectId, { data: { id, name, category } });
    }
  }
  for (const { id, name, color, isNew } of labels.values()) {
    if (!isNew) continue;
    const label = { id, workspaceId, projectId, name, color, version: 1 };
    await tx`insert into labels (id, workspace_id, project_id, name, color) values (${id}, ${workspaceId}, ${projectId}, ${name}, ${color})`;
    await recordLabelEvent(tx, context, 'label.created', label);
  }
  const ids = plan.tasks.map(() => v7());
  if (ids.length > 0) {
    const labelIds = (names: string[]) => names.flatMap((name) => labels.get(name)?.id ?? []);
    await insertTasks(tx, { plan, ids, projectId, isNew: !existing, identity, people, assignees, columns, labelIds });
    await insertComments(tx, plan, ids, identity, people);
    await insertRecurrencesAndRelations(tx, plan, ids, identity);
    await tx`
      select record_task_event(${tx.json(context)}, 'task.created', null, t)
      from tasks t where t.project_id = ${projectId} and t.id = any(${ids}::uuid[])
      order by t.number`;
  }
  return report;
}

async function lockProject(tx: Transaction, identity: Identity, id: string): Promise<{ id: string; workspaceId: string }> {
  const [project] = await tx<Array<{ id: string; workspaceId: string }>>`
    select p.id, p.workspace_id as "workspaceId" from projects p
    where p.id = ${id} and p.deleted_at is null and not p.archived and ${may(tx, identity, 'project.manage')}
    for no key update`;
  return project ?? refuseProject(tx, identity, id, 'project.manage');
}

async function insertProject(tx: Transaction, { userId }: Identity, id: string, target: Target, description: string): Promise<void> {
  const { workspaceId, key, name, private: isPrivate } = target as Exclude<Target, { projectId: string }>;
  await tx`
    insert into projects (id, workspace_id, key, name, description, private, created_by)
    values (${id}, ${workspaceId}, ${key}, ${name}, ${description}, ${isPrivate}, ${userId})`;
  await tx`insert into project_members (project_id, user_id, role) values (${id}, ${userId}, 'lead')`;
}

/** The columns of the plan, in its order: those of the project that have the same name, else new ones. */
async function planColumns(tx: Transaction, plan: Plan, projectId: string | null) {
  if (plan.columns.length === 0)
    for (const [name, category] of [
      ['To do', 'todo'],
      ['In progress', 'active'],
      ['Done', 'done'],
    ] as const)
      plan.column(name, category);
  const present = await tx<Array<{ id: string; name: string; category: 'todo' | 'active' | 'done' }>>`
    select id, name, category from columns where project_id = ${projectId}::uuid order by position`;
  return plan.columns.map((column) => {
    const same = present.find(({ name }) => name.toLowerCase() === column.name.toLowerCase());
    return { ...column, ...same, id: same?.id ?? v7(), isNew: !same };
  });
}

/** Name in lower case → the label of the workspace or project, else a new one of the project. */
async function planLabels(tx: Transaction, plan: Plan, workspaceId: string, projectId: string | null) {
  const rows = await tx<Array<{ id: string; key: string; name: string; color: string }>>`
    select id, lower(name) as key, name, color from labels
    where workspace_id = ${workspaceId} and (project_id is null or project_id = ${projectId}::uuid)
    order by project_id nulls first`;
  const present = new Map(rows.map((row) => [row.key, row]));
  return new Map(
    [...plan.labels].map(([key, label]) => {
      const same = present.get(key);
      return [key, { ...label, ...same, id: same?.id ?? v7(), isNew: !same }];
    }),
  );
}

interface TaskOptions {
  plan: Plan;
  ids: string[];
  projectId: string;
  isNew: boolean;
  identity: Identity;
  people: People;
  assignees: string[][];
  columns: Array<{ id: string }>;
  labelIds: (names: string[]) => string[];
}

async function insertTasks(tx: Transaction, options: TaskOptions): Promise<void> {
  const { plan, ids, projectId, isNew, identity, people, assignees, columns, labelIds } = options;
  const numbers = plan.tasks.map(({ number }) => number ?? 0);
  const keepsNumbers = isNew && numbers.every((number) => number > 0) && new Set(numbers).size === numbers.length;
  const raise = keepsNumbers ? Math.max(...numbers) : ids.length;
  const [project] = await tx<Array<{ base: number; workspaceId: string; key: string }>>`
    update projects set last_number = last_number + ${raise} where id = ${projectId}
    returning last_number - ${raise}::int as base, workspace_id as "workspaceId", key`;
  const { base, workspaceId, key } = project as NonNullable<typeof project>;
  const ranks = new Map<string, string>();
  for (const [index, { id }] of columns.entries()) {
    const entering = ids.filter((_, place) => plan.tasks[place]?.column === index);
    if (entering.length === 0) continue;
    for (const row of await tx<Array<{ taskId: string; rank: string }>>`
      select task_id as "taskId", rank from append_tasks(${id}, ${entering}::uuid[], true)`) {
      ranks.set(row.taskId, row.rank);
    }
  }
  const rows = plan.tasks.map((task, index) => ({
    id: ids[index] as string,
    number: keepsNumbers ? (numbers[index] as number) : base + index + 1,
    title: task.title,
    description: task.description,
    column_id: columns[task.column]?.id as string,
    rank: ranks.get(ids[index] as string) as string,
    priority: task.priority,
    assignees: assignees[index] as string[],
    labels: labelIds(task.labels),
    start_date: task.startDate,
    due_date: task.dueDate,
    estimate: task.estimate,
    parent_id: task.parent === null ? null : (ids[task.parent] ?? null),
    created_by: people.find(task.createdBy) ?? identity.userId,
    created_at: task.createdAt,
  }));
  await tx`
    insert into tasks (id, workspace_id, project_id, number, human_id, title, description, column_id, rank, priority, assignee_ids,
                       label_ids, start_date, due_date, estimate, parent_id, created_by, created_at)
    select id, ${workspaceId}, ${projectId}, number, ${key} || '-' || number, title, description, column_id, rank, priority, assignees,
           labels, start_date, due_date, estimate, parent_id, created_by, coalesce(created_at, now())
    from jsonb_to_recordset(${tx.json(rows)}) as given(
      id uuid, number int, title text, description text, column_id uuid, rank text, priority text, assignees uuid[], labels uuid[],
      start_date date, due_date date, estimate float8, parent_id uuid, created_by uuid, created_at timestamptz)`;
}

/** Comments of people who are not here are the importer's, and name them. */
async function insertComments(tx: Transaction, plan: Plan, ids: string[], identity: Identity, people: People): Promise<void> {
  const rows = plan.tasks.flatMap(({ comments }, index) =>
    comments.map(({ author, body, createdAt }) => {
      const known = people.find(author);
      const text = (known || !author ? body : `**${author}:** ${body}`).replaceAll('\0', '').toWellFormed().slice(0, MAX_COMMENT);
      return { id: v7(), task_id: ids[index] as string, author_id: known ?? identity.userId, body: text, created_at: createdAt };
    }),
  );
  if (rows.length === 0) return;
  await tx`
    insert into comments (id, task_id, author_id, body, created_at)
    select id, task_id, author_id, body, coalesce(created_at, now())
    from jsonb_to_recordset(${tx.json(rows)}) as given(id uuid, task_id uuid, author_id uuid, body text, created_at timestamptz)`;
}

async function insertRecurrencesAndRelations(tx: Transaction, plan: Plan, ids: string[], { userId }: Identity): Promise<void> {
  const recurring = plan.tasks.flatMap(({ recurrence }, index) => (recurrence ? [{ ...recurrence, id: ids[index] as string }] : []));
  if (recurring.length > 0) {
    await tx`
      insert into recurrences (task_id, rule, starts_on, time_zone)
      select id, rule, "startsOn", "timeZone"
      from jsonb_to_recordset(${tx.json(recurring)}) as given(id uuid, rule text, "startsOn" date, "timeZone" text)`;
  }
  const relations = plan.relations.map(({ type, from, to }) => ({ id: v7(), type, from: ids[from] as string, to: ids[to] as string }));
  if (relations.length > 0) {
    await tx`
      insert into relations (id, type, from_task, to_task, created_by)
      select id, type, "from", "to", ${userId} from jsonb_to_recordset(${tx.json(relations)}) as given(id uuid, type text, "from" uuid, "to" uuid)
      where "from" <> "to"
      on conflict do nothing`;
  }
}
