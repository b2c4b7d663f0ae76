import type { Project } from '@taskflow/contracts/tasks';
import { stale } from '@taskflow/http/conditional';
import type { Identity } from '@taskflow/http/identity';
import { problems as common } from '@taskflow/http/problem';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { ACTIONS, may } from './authorisation.ts';
import { problems } from './problems.ts';

/** SELECT list of a row `p` of projects: a Project of contracts/tasks.ts. */
export function projectColumns(sql: Sql | Transaction, identity: Identity) {
  const actions = ACTIONS.map((action) => sql`case when ${may(sql, identity, action)} then ${action} end`);
  return sql`
    p.id, p.workspace_id as "workspaceId", p.key, p.name, p.description, p.private, p.archived, p.version,
    p.created_by as "createdBy", rfc3339(p.created_at) as "createdAt", rfc3339(p.updated_at) as "updatedAt",
    rfc3339(p.deleted_at) as "deletedAt",
    (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'category', c.category, 'wipLimit', c.wip_limit,
                                                  'version', c.version) order by c.position), '[]')
     from columns c where c.project_id = p.id) as columns,
    (select coalesce(jsonb_agg(jsonb_build_object('userId', m.user_id, 'role', m.role) order by m.user_id), '[]')
     from project_members m where m.project_id = p.id) as members,
    array_remove(array[${actions.reduce((list, action) => sql`${list}, ${action}`)}], null) as actions`;
}

/** @throws Problem 404 when there is none that the person may see */
export async function readProject(sql: Sql | Transaction, identity: Identity, id: string): Promise<Project> {
  const [project] = await sql<Project[]>`
    select ${projectColumns(sql, identity)}
    from projects p
    where p.id = ${id} and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
  if (!project) throw common.not_found();
  return project;
}

interface LockOptions {
  /** that the client has seen; not compared when not given */
  version?: number;
  /** also when the project is archived */
  archived?: boolean;
  /** a deleted project, to restore it */
  deleted?: boolean;
}

/**
 * A project that the person may manage, locked until the transaction ends.
 * @throws Problem 404, 403, 409 when it is archived, 412
 */
export async function lockProject(tx: Transaction, identity: Identity, id: string, options: LockOptions = {}): Promise<Project> {
  const { version, archived = false, deleted = false } = options;
  const [project] = await tx<Project[]>`
    select ${projectColumns(tx, identity)}
    from projects p
    where p.id = ${id} and (p.deleted_at is not null) = ${deleted} and ${may(tx, identity, 'project.read')}
    for no key update of p`;
  if (!project) throw common.not_found();
  if (!project.actions.includes('project.manage')) throw common.forbidden('Only who leads the project, and owners and admins, do this');
  if (version !== undefined && project.version !== version) throw stale(project);
  if (project.archived && !archived) throw problems.project_archived();
  return project;
}

/** Raises the version of a project whose representation has changed. */
export const touchProject = (tx: Transaction, id: string): Promise<unknown> =>
  tx`update projects set version = version + 1, updated_at = now() where id = ${id}`;
