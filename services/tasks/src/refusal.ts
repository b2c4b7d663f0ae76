import { stale } from '@taskflow/http/conditional';
import type { Identity } from '@taskflow/http/identity';
import { problems as common } from '@taskflow/http/problem';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { type Action, may } from './authorisation.ts';
import { problems } from './problems.ts';

/*
 * A write asks in its own statement whether it may happen, so that the common case is one round trip. When it touched
 * nothing, these say why: 404 for what does not exist or may not be seen (the two look the same), 403, 409, 412.
 */

export async function refuseTask(
  sql: Sql | Transaction,
  identity: Identity,
  id: string,
  action: Action,
  { version, deleted = false }: { version?: number; deleted?: boolean } = {},
): Promise<never> {
  const [row] = await sql<Array<{ task: { version: number }; allowed: boolean; archived: boolean }>>`
    select task_json(t) as task, ${may(sql, identity, action)} as allowed, p.archived
    from tasks t join projects p on p.id = t.project_id
    where t.id = ${id} and (t.deleted_at is not null) = ${deleted} and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
  if (row?.allowed && !row.archived && version !== undefined && row.task.version !== version) throw stale(row.task);
  throw explain(row);
}

export async function refuseProject(sql: Sql | Transaction, identity: Identity, id: string, action: Action): Promise<never> {
  const [row] = await sql<Array<{ allowed: boolean; archived: boolean }>>`
    select ${may(sql, identity, action)} as allowed, p.archived
    from projects p where p.id = ${id} and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
  throw explain(row);
}

function explain(row: { allowed: boolean; archived: boolean } | undefined) {
  if (!row) return common.not_found();
  if (!row.allowed) return common.forbidden();
  if (row.archived) return problems.project_archived();
  return common.conflict('It changed while this was under way: try again');
}
