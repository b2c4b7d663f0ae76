import type { Sql, Transaction } from '@taskflow/postgres/database';

/** Refuses the access tokens of these sessions or API tokens from now on; commits with the transaction. */
export async function revokeSessions(tx: Transaction, ids: string[]): Promise<void> {
  if (ids.length > 0) await tx`insert into revocations (kind, subject) select 'session', unnest(${ids}::uuid[])`;
}

/**
 * Refuses every access token that these people have now. What they hold to get new ones (cookies, refresh tokens, API
 * tokens) stays good, and the new ones carry today's roles.
 */
export async function revokeAccessTokens(tx: Transaction, userIds: string[]): Promise<void> {
  await tx`
    with raised as (
      update users set security_version = security_version + 1
      where id in (select id from users where id = any(${userIds}::uuid[]) order by id for no key update)
      returning id, security_version
    )
    insert into revocations (kind, subject, security_version) select 'user', id, security_version from raised`;
}

/** Revocations restored from another server, with transaction ids that this one has yet to reach, would be new at every look. */
export async function rebaseRevocations(sql: Sql): Promise<void> {
  await sql`update revocations set xid = pg_current_xact_id() where xid >= pg_snapshot_xmax(pg_current_snapshot())`;
}
