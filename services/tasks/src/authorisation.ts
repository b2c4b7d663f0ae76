import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { Identity } from '@taskflow/http/identity';
import type { Sql, Transaction } from '@taskflow/postgres/database';

/** A person's role in a project, or without one: `open` when the workspace may see the project, `closed` when it is private. */
export type Standing = 'lead' | 'editor' | 'viewer' | 'open' | 'closed';

export type Action = 'project.read' | 'project.manage' | 'task.edit' | 'comment.write' | 'comment.moderate';

const ALL: Standing[] = ['lead', 'editor', 'viewer', 'open', 'closed'];

/**
 * Who may do what: action → workspace role → standings in the project. Owners and admins of the workspace see and manage
 * everything in it; members take part in what is open; guests only where they were invited; a project role, once given,
 * counts for members too, so that a viewer of an open project only reads and comments.
 */
export const PERMISSIONS: Record<Action, Record<WorkspaceRole, Standing[]>> = {
  'project.read': {
    owner: ALL,
    admin: ALL,
    member: ['lead', 'editor', 'viewer', 'open'],
    guest: ['lead', 'editor', 'viewer'],
  },
  'project.manage': { owner: ALL, admin: ALL, member: ['lead'], guest: ['lead'] },
  'task.edit': { owner: ALL, admin: ALL, member: ['lead', 'editor', 'open'], guest: ['lead', 'editor'] },
  'comment.write': {
    owner: ALL,
    admin: ALL,
    member: ['lead', 'editor', 'viewer', 'open'],
    guest: ['lead', 'editor', 'viewer'],
  },
  'comment.moderate': { owner: ALL, admin: ALL, member: ['lead'], guest: ['lead'] },
};

export const ACTIONS = Object.keys(PERMISSIONS) as Action[];

/** Who may do what in a workspace as such, outside of any project. */
export const WORKSPACE_PERMISSIONS: Record<'project.create' | 'label.edit', WorkspaceRole[]> = {
  'project.create': ['owner', 'admin', 'member'],
  'label.edit': ['owner', 'admin', 'member'],
};

/** Workspace role → standings that may read: what SQL needs to ask whether other people may see a project. */
export const READERS = PERMISSIONS['project.read'];

/** SQL condition on a row `p` of projects: whether the person may do this in it. */
export function may(sql: Sql | Transaction, { userId, workspaces }: Identity, action: Action) {
  const granted = Object.entries(workspaces).map(([workspaceId, role]) => [workspaceId, PERMISSIONS[action][role]]);
  return sql`${sql.json(Object.fromEntries(granted))}::jsonb -> p.workspace_id::text ? standing(p, ${userId})`;
}
