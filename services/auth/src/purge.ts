import type { Sql } from '@taskflow/postgres/database';
import type { Settings } from './settings.ts';

/** Deletes what no longer means anything. Runs at start and every few minutes; replicas doing it at the same time do no harm. */
export async function purge(sql: Sql, { SESSION_IDLE_HOURS }: Pick<Settings, 'SESSION_IDLE_HOURS'>): Promise<void> {
  // Three times as long as an access token lives.
  await sql`delete from revocations where created_at < now() - interval '15 minutes'`;
  await sql`
    delete from sessions
    where expires_at < now() or last_used_at < now() - make_interval(secs => ${SESSION_IDLE_HOURS * 3600})`;
  // A used refresh token is kept to notice its second use; a thief does not wait so long.
  await sql`delete from refresh_tokens where used_at < now() - interval '7 days'`;
  await sql`delete from throttles where last_at < now() - make_interval(secs => capacity * seconds)`;
  await sql`delete from invitations where accepted_at is null and expires_at < now() - interval '30 days'`;
  await sql`delete from password_resets where expires_at < now()`;
  await sql`delete from known_addresses where last_used_at < now() - interval '90 days'`;
}
