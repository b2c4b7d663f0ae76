import type { Project } from '@taskflow/contracts/tasks';
import type { Identity } from '@taskflow/http/identity';
import { problems } from '@taskflow/http/problem';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { ACTIONS, may } from './authorisation.ts';

/** SELECT list of a row `p` of projects: a Project of contracts/tasks.ts. */
export const projectColumns = (sql: Sql | Transaction, identity: Identity) => sql`
  p.id, p.workspace_id as "workspaceId", p.key, p.name, p.description, p.private, p.archived, p.version,
  p.created_by as "createdBy", rfc3339(p.created_at) as "createdAt", rfc3339(p.updated_at) as "updatedAt",
  rfc3339(p.deleted_at) as "deletedAt",
  (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'category', c.category, 'wipLimit', c.wip_limit,
                                                'version', c.version) order by c.position), '[]')
   from columns c where c.project_id = p.id) as columns,
  (select coalesce(jsonb_agg(jsonb_build_object('userId', m.user_id, 'role', m.role) order by m.user_id), '[]')
   from project_members m where m.project_id = p.id) as members,
  array_remove(array[${ACTIONS.map((action, index) => sql`${index > 0 ? sql`,` : sql``} case when ${may(sql, identity, action)} then ${action} end`)}], null) as actions`;

/** @throws Problem 404 when there is none that the person may see */
export async function readProject(sql: Sql | Transaction, identity: Identity, id: string, deleted = false): Promise<Project> {
  const [project] = await sql<Project[]>`
    select ${projectColumns(sql, identity)}
    from projects p
    where p.id = ${id} and (p.deleted_at is not null) = ${deleted} and ${may(sql, identity, 'project.read')}`;
  if (!project) throw problems.not_found();
  return project;
}
