import type { Workspace } from '@taskflow/contracts/auth';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { authProblems } from './problems.ts';

/** Every access token carries its person's workspaces: so many that it still fits a header. */
const MOST_PER_PERSON = 100;

/** Workspaces of a person, all or one, as they see them. */
export function selectWorkspaces(sql: Sql | Transaction, userId: string, workspaceId: string | null = null) {
  return sql<Workspace[]>`
    select w.id, w.name, m.role, w.version, w.created_at as "createdAt",
           (select count(*)::int from members where workspace_id = w.id) as members
    from members m join workspaces w on w.id = m.workspace_id
    where m.user_id = ${userId} and w.deleted_at is null and (${workspaceId}::uuid is null or w.id = ${workspaceId})
    order by w.id`;
}

/**
 * Holds after a person got into a workspace, in that transaction.
 * @throws Problem 409 too_many
 */
export async function assertFewWorkspaces(tx: Transaction, userId: string): Promise<void> {
  if ((await selectWorkspaces(tx, userId)).length <= MOST_PER_PERSON) return;
  throw authProblems.too_many(`Nobody can be in more than ${MOST_PER_PERSON} workspaces; leave some first`);
}
