import type { Scope, WorkspaceRole } from '@taskflow/contracts/identity';
import { problems } from '@taskflow/http/problem';
import type { Transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import type { Caller } from './identity.ts';

interface Rule {
  /** who may; everyone signed in, when not set */
  roles?: readonly (WorkspaceRole | 'administrator')[];
  /** what an API token needs; 'none': no API token may, only a signed-in person */
  scope: Scope | 'none';
}

const everyone = ['owner', 'admin', 'member', 'guest'] as const;
const managers = ['owner', 'admin'] as const;
const administrators = ['administrator'] as const;

/** Who may do what: the whole authorisation of this service. */
export const RULES = {
  'account.read': { scope: 'read' },
  'account.update': { scope: 'admin' },
  'password.change': { scope: 'none' },
  'email.change': { scope: 'none' },
  'sessions.read': { scope: 'admin' },
  'sessions.end': { scope: 'admin' },
  'tokens.read': { scope: 'admin' },
  'tokens.create': { scope: 'none' },
  'tokens.delete': { scope: 'admin' },
  'invitation.accept': { scope: 'admin' },

  'workspace.create': { scope: 'admin' },
  'workspace.read': { roles: everyone, scope: 'read' },
  'workspace.update': { roles: managers, scope: 'admin' },
  'workspace.delete': { roles: ['owner'], scope: 'admin' },
  'workspace.leave': { roles: everyone, scope: 'admin' },
  'workspace.transfer': { roles: ['owner'], scope: 'admin' },
  'members.read': { roles: everyone, scope: 'read' },
  'members.read-email': { roles: ['owner', 'admin', 'member'], scope: 'read' },
  'members.manage': { roles: managers, scope: 'admin' },
  'owners.manage': { roles: ['owner'], scope: 'admin' },
  'invitations.manage': { roles: managers, scope: 'admin' },
  'workspace-audit.read': { roles: managers, scope: 'admin' },

  'accounts.read': { roles: administrators, scope: 'admin' },
  'accounts.manage': { roles: administrators, scope: 'admin' },
  'audit.read': { roles: administrators, scope: 'admin' },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof RULES;

/** Whether the caller's role and scopes allow the action. */
export function allows(action: Action, role: WorkspaceRole | 'administrator' | undefined, caller: Pick<Caller, 'scopes' | 'isSession'>) {
  const { roles, scope }: Rule = RULES[action];
  const hasScope = scope === 'none' ? caller.isSession : caller.scopes.includes(scope);
  return hasScope && (roles === undefined || (role !== undefined && roles.includes(role)));
}

/**
 * For actions on the caller's own account, and those of administrators.
 * @throws Problem 403
 */
export function authorise(caller: Caller, action: Action): void {
  if (!allows(action, caller.admin ? 'administrator' : undefined, caller)) throw problems.forbidden();
}

/**
 * For actions in a workspace, of which the caller has just been read from the database.
 * @returns the caller's role
 * @throws Problem 404 when the caller is not a member, as if there were no such workspace; 403
 */
export function authoriseIn(caller: Caller, workspaceId: string, action: Action): WorkspaceRole {
  const role = caller.workspaces[workspaceId];
  if (!role) throw problems.not_found();
  if (!allows(action, role, caller)) throw problems.forbidden();
  return role;
}

/**
 * Like authoriseIn, inside a transaction that changes who may do what: changes of one workspace's members wait for each
 * other, and each is decided on what the one before it left.
 */
export async function lockWorkspace(tx: Transaction, caller: Caller, workspaceId: string, action: Action): Promise<WorkspaceRole> {
  await lockOrder(tx, workspaceId);
  const [member] = await tx<Array<{ role: WorkspaceRole }>>`
    select m.role from members m join workspaces w on w.id = m.workspace_id
    where m.workspace_id = ${workspaceId} and m.user_id = ${caller.userId} and w.deleted_at is null`;
  return authoriseIn({ ...caller, workspaces: member ? { [workspaceId]: member.role } : {} }, workspaceId, action);
}
