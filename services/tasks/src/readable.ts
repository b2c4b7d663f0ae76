import type { Identity } from '@taskflow/http/identity';
import { problems } from '@taskflow/http/problem';
import type { Sql } from '@taskflow/postgres/database';
import { may } from './authorisation.ts';

/** @throws Problem 404 when there is no such task that the person may see */
export async function requireReadableTask(sql: Sql, identity: Identity, id: string): Promise<void> {
  const [task] = await sql`
    select from tasks t join projects p on p.id = t.project_id
    where t.id = ${id} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
  if (!task) throw problems.not_found();
}

/** @throws Problem 404 when there is no such project that the person may see */
export async function requireReadableProject(sql: Sql, identity: Identity, id: string): Promise<void> {
  const [project] = await sql`select from projects p where p.id = ${id} and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
  if (!project) throw problems.not_found();
}
