import type { Secret } from '@taskflow/http/secret';
import { insertAccount, insertWorkspace } from './accounts.ts';
import { audit } from './audit.ts';
import type { Context } from './context.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { revokeAccessTokens } from './revocations.ts';
import { endSessions } from './sessions.ts';

/** Key of the advisory lock under which one replica makes the administrator while the others wait. */
const LOCK = 7281_4472;

/**
 * Makes the administrator of this installation at its first start. Later, a changed `admin-password` sets the
 * administrator's password anew (the way back in when it is lost); an unchanged file never undoes a person's own change.
 */
export async function ensureAdministrator({ sql, settings }: Pick<Context, 'sql' | 'settings'>, password: Secret): Promise<void> {
  const given = password.value;
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`;
    const [installation] = await tx<Array<{ id: string; applied: string }>>`
      select administrator_id as id, administrator_password_hash as applied from installation`;
    if (installation && (await verifyPassword(given, installation.applied))) return;
    const passwordHash = await hashPassword(given);
    if (installation) {
      await tx`update users set password_hash = ${passwordHash}, disabled_at = null, admin = true where id = ${installation.id}`;
      await tx`update installation set administrator_password_hash = ${passwordHash}`;
      await endSessions(tx, installation.id);
      await revokeAccessTokens(tx, [installation.id]);
      await audit(tx, null, { action: 'password.reset', subject: `user:${installation.id}`, details: { by: 'admin-password' } });
      return;
    }
    const id = await insertAccount(tx, { email: settings.ADMIN_EMAIL, name: 'Administrator', passwordHash, admin: true });
    const workspaceId = await insertWorkspace(tx, "Administrator's workspace", id);
    await tx`insert into installation (administrator_id, administrator_password_hash) values (${id}, ${passwordHash})`;
    await audit(tx, null, { action: 'account.created', subject: `user:${id}`, details: { admin: true } });
    await audit(tx, null, { action: 'workspace.created', subject: `workspace:${workspaceId}`, workspaceId });
  });
}
