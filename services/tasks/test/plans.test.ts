import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { tasksService } from './harness.ts';
import { makeWorld, OPERATIONS, perform } from './operations.ts';

const { person, sql } = await tasksService();
const workspace = randomUUID();

/** Rows of each growing table, so many that PostgreSQL has a reason to use an index wherever there is one. */
const ROWS = 2000;

it('no operation reads a growing table from end to end', async () => {
  const owner = await person({ [workspace]: 'owner' });
  const crowd = await makeWorld(owner);
  const project = crowd.project.id;
  await sql`insert into projects (id, workspace_id, key, name, created_by)
    select gen_random_uuid(), gen_random_uuid(), 'K' || place, 'x', gen_random_uuid() from generate_series(1, ${ROWS}) as place`;
  await sql`insert into columns (id, project_id, name, category, position)
    select gen_random_uuid(), id, 'x', 'todo', 0 from projects where workspace_id <> ${workspace}`;
  await sql`insert into project_members (project_id, user_id, role) select id, gen_random_uuid(), 'lead' from projects`;
  await sql`insert into tasks (id, workspace_id, project_id, number, human_id, title, column_id, rank, created_by)
    select gen_random_uuid(), p.workspace_id, p.id, 1, p.key || '-1', 'x', c.id, 'U00000', p.created_by
    from projects p join columns c on c.project_id = p.id where p.workspace_id <> ${workspace}`;
  await sql`insert into people (workspace_id, user_id, role, name, handle)
    select workspace_id, gen_random_uuid(), 'owner', 'x', 'h' || key from projects`;
  await sql`insert into labels (id, workspace_id, name, color) select gen_random_uuid(), workspace_id, 'x', '#000000' from projects`;
  await sql`insert into comments (id, task_id, author_id, body) select gen_random_uuid(), id, created_by, 'x' from tasks`;
  await sql`insert into watchers (task_id, user_id, watching) select id, gen_random_uuid(), true from tasks`;
  await sql`insert into relations (id, type, from_task, to_task, created_by)
    select gen_random_uuid(), 'relates', ${crowd.other.id}, id, created_by from tasks where project_id <> ${project}`;
  await sql`insert into attachments (id, task_id, name, content_type, storage, created_by, sha256)
    select gen_random_uuid(), id, 'x', 'text/plain', 'postgres', created_by, '' from tasks`;
  await sql`insert into attachment_chunks (attachment_id, position, data) select id, 0, 'x' from attachments where id <> ${crowd.attachment.id}`;
  await sql`insert into events (id, workspace_id, project_id, task_id, type, payload, occurred_at)
    select gen_random_uuid(), workspace_id, project_id, id, 'task.created', '{}', now() from tasks where project_id <> ${project}`;
  await sql`analyze`;

  // Not events: the change feed reads them all the time, and few of them best as a whole.
  const scans = async () => {
    const rows = await sql<Array<{ name: string; scans: number }>>`
      select relname as name, seq_scan::int as scans from pg_stat_user_tables
      where relname in ('projects', 'columns', 'project_members', 'tasks', 'people', 'labels', 'comments', 'watchers', 'relations',
                        'attachments', 'attachment_chunks')`;
    return Object.fromEntries(rows.map(({ name, scans }) => [name, scans]));
  };
  /** Statistics of a connection appear when it has been idle for a second, or is told to send them. */
  const settle = async () => {
    await sql`select pg_stat_force_next_flush()`;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await sql`select pg_stat_clear_snapshot()`;
  };
  await settle();
  const before = await scans();
  const culprits: string[] = [];
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const world = operation.version ? await makeWorld(owner) : crowd;
    const { status, body } = await perform(owner, operation, world);
    if (status >= 500) culprits.push(`${name} ${JSON.stringify(body)}`);
  }
  await settle();
  expect(culprits).toEqual([]);
  expect(await scans()).toEqual(before);
}, 60_000);
