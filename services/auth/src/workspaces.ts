import type { Workspace } from '@taskflow/contracts/auth';
import type { Sql, Transaction } from '@taskflow/postgres/database';

/** Workspaces of a person, all or one, as they see them. */
export function selectWorkspaces(sql: Sql | Transaction, userId: string, workspaceId: string | null = null) {
  return sql<Workspace[]>`
    select w.id, w.name, m.role, w.version, w.created_at as "createdAt",
           (select count(*)::int from members where workspace_id = w.id) as members
    from members m join workspaces w on w.id = m.workspace_id
    where m.user_id = ${userId} and w.deleted_at is null and (${workspaceId}::uuid is null or w.id = ${workspaceId})
    order by w.id`;
}
