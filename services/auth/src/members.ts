import type { Member } from '@taskflow/contracts/auth';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import { IdParams, Uuid } from '@taskflow/contracts/primitives';
import { problems } from '@taskflow/http/problem';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { type Static, Type } from 'typebox';
import { authProblems } from './problems.ts';

export const MemberParams = Type.Object({ ...IdParams.properties, userId: Uuid });

export const memberColumns = (sql: Sql | Transaction) => sql`
  u.id as "userId", u.name, u.handle, u.email, m.role, u.disabled_at is null as active, m.joined_at as "joinedAt", m.version`;

/** @throws Problem 404 when the person is not a member */
export async function loadMember(tx: Transaction, workspaceId: string, userId: string): Promise<Static<typeof Member>> {
  const [member] = await tx<Array<Static<typeof Member>>>`
    select ${memberColumns(tx)} from members m join users u on u.id = m.user_id
    where m.workspace_id = ${workspaceId} and m.user_id = ${userId}`;
  if (!member) throw problems.not_found();
  return member;
}

/**
 * Holds after a change of members, in the transaction that locked the workspace.
 * @throws Problem 409 last_owner
 */
export async function assertOwned(tx: Transaction, workspaceId: string): Promise<void> {
  const owners = await tx`select from members where workspace_id = ${workspaceId} and role = 'owner' limit 1`;
  if (owners.length === 0) throw authProblems.last_owner();
}

/** Managing those who are or become owners is for owners. */
export const manages = (...roles: Array<WorkspaceRole | undefined>) => (roles.includes('owner') ? 'owners.manage' : 'members.manage');
