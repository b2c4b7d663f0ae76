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
    from (select id, pg_advisory_xact_lock_shared(${orderKey(sql)}) from tasks where id = ${id} offset 0) as ordered
    join tasks t on t.id = ordered.id join projects p on p.id = t.project_id
    where true ${version === undefined ? sql`` : sql`and t.version = ${version}`}
      and t.deleted_at is ${deleted ? sql`not null` : sql`null`}
      and p.deleted_at is null and not p.archived and ${may(sql, identity, action)}
    for no key update of t`;
}

/*
 * Events are read in the order of transaction ids, which a transaction gets with its first lock of a row. Changes of one task
 * that compare its version cannot overtake each other; one that changes many tasks could be overtaken between its first
 * and its last. It therefore waits, before its first lock, until no single change of the project runs, and lets none begin.
 */

const orderKey = (sql: Sql | Transaction) => sql`hashtextextended(project_id::text, 3)`;

/** The first statement of a transaction that changes many tasks. */
export const lockOrderOfTasks = (tx: Transaction, ids: string[]) => tx`
  select pg_advisory_xact_lock(${orderKey(tx)})
  from (select distinct project_id from tasks where id = any(${ids}::uuid[]) order by project_id) as affected`;

/** The same for all tasks of a project. */
export const lockOrderOfProject = (tx: Transaction, projectId: string) => tx`
  select pg_advisory_xact_lock(${orderKey(tx)}) from (select ${projectId}::uuid as project_id) as affected`;
