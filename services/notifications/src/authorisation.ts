import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { Identity } from '@taskflow/http/identity';
import { problems } from './problems.ts';

type Action = 'see-webhooks' | 'manage-webhooks';

/**
 * Who may do what in a workspace. The inbox, preferences and mutes need no table: everyone has their own, and there is no
 * way to name another's.
 */
const MAY: Record<WorkspaceRole, readonly Action[]> = {
  owner: ['see-webhooks', 'manage-webhooks'],
  admin: ['see-webhooks', 'manage-webhooks'],
  member: [],
  guest: [],
};

/**
 * @param missing what to answer to those outside the workspace, who must not learn that it exists
 * @throws Problem 403 when the role is not enough, or an API token lacks the scope for administration
 */
export function authorise({ workspaces, scopes }: Identity, workspaceId: string, action: Action, missing = problems.no_webhook): void {
  const role = workspaces[workspaceId];
  if (!role) throw missing();
  if (!MAY[role].includes(action)) throw problems.owners_only();
  if (action === 'manage-webhooks' && !scopes.includes('admin')) throw problems.owners_only('This API token lacks the scope "admin"');
}
