import type { Identity } from '@taskflow/http/identity';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { type Action, may } from './authorisation.ts';

interface TaskConditions {
  /** that the client has seen; not compared when not given */
  version?: number;
  /** a deleted task, to restore it */
  deleted?: boolean;
}

/**
 * The query of a task that the person may do this to, as a composite `task`, locked: what a write begins with. No row
 * otherwise; refuseTask then says why.
 */
export function lockTask(sql: Sql | Transaction, identity: Identity, id: string, action: Action, conditions: TaskConditions = {}) {
  const { version, deleted = false } = conditions;
  return sql`
    select t as task
    from tasks t join projects p on p.id = t.project_id
    where t.id = ${id} ${version === undefined ? sql`` : sql`and t.version = ${version}`}
      and t.deleted_at is ${deleted ? sql`not null` : sql`null`}
      and p.deleted_at is null and not p.archived and ${may(sql, identity, action)}
    for no key update of t`;
}
