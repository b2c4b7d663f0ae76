import { fileURLToPath } from 'node:url';
import { Client } from '@taskflow/http/client';
import { requireIdentity, requireServiceKey } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { observeSecrets, Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { ensureIdempotencyTable, useIdempotency } from '@taskflow/postgres/idempotency';
import { listen } from '@taskflow/postgres/listen';
import { migrate } from '@taskflow/postgres/migrate';
import { observePool } from '@taskflow/postgres/observe';
import { rebaseOutbox } from '@taskflow/postgres/outbox';
import { ensureAdministrator } from './administrator.ts';
import { AuditRelay } from './audit-relay.ts';
import type { Context } from './context.ts';
import { createAuthenticator } from './identity.ts';
import { recordKeys } from './key-records.ts';
import { purge } from './purge.ts';
import { rebaseRevocations } from './revocations.ts';
import { acceptInvitation } from './routes/accept-invitation.ts';
import { administerAccounts } from './routes/administer-accounts.ts';
import { changeEmail } from './routes/change-email.ts';
import { changePassword } from './routes/change-password.ts';
import { createInvitation } from './routes/create-invitation.ts';
import { createPasswordReset } from './routes/create-password-reset.ts';
import { createToken } from './routes/create-token.ts';
import { createWorkspace } from './routes/create-workspace.ts';
import { deleteInvitation } from './routes/delete-invitation.ts';
import { deleteToken } from './routes/delete-token.ts';
import { deleteWorkspace } from './routes/delete-workspace.ts';
import { endSessions } from './routes/end-sessions.ts';
import { exchange } from './routes/exchange.ts';
import { getKeys } from './routes/get-keys.ts';
import { getMe } from './routes/get-me.ts';
import { getWorkspaces } from './routes/get-workspaces.ts';
import { internalDirectory } from './routes/internal-directory.ts';
import { listAudit } from './routes/list-audit.ts';
import { listInvitations } from './routes/list-invitations.ts';
import { listMembers } from './routes/list-members.ts';
import { listRevocations } from './routes/list-revocations.ts';
import { listSessions } from './routes/list-sessions.ts';
import { listTokens } from './routes/list-tokens.ts';
import { login } from './routes/login.ts';
import { logout } from './routes/logout.ts';
import { previewInvitation } from './routes/preview-invitation.ts';
import { proveAudit } from './routes/prove-audit.ts';
import { refresh } from './routes/refresh.ts';
import { register } from './routes/register.ts';
import { removeMember } from './routes/remove-member.ts';
import { resetPassword } from './routes/reset-password.ts';
import { transferOwnership } from './routes/transfer-ownership.ts';
import { updateMe } from './routes/update-me.ts';
import { updateMember } from './routes/update-member.ts';
import { updateWorkspace } from './routes/update-workspace.ts';
import { Settings } from './settings.ts';
import { Signal } from './signal.ts';
import { SigningKeys } from './signing-keys.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const RETRY_MS = 5000;
const PURGE_INTERVAL_MS = 5 * 60_000;

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const secret = (name: string) => new Secret(settings.SECRETS_DIR, name);
  const databaseUrl = secret('database-url');
  const administratorPassword = secret('admin-password');
  const gatewayKey = secret('gateway-api-key');
  const tasksKey = secret('tasks-api-key');
  const auditKey = secret('audit-api-key');
  const signingKeys = secret('jwt-secret');

  const server = await createServer({
    service: 'auth',
    description: 'Accounts, workspaces and roles, sessions, access tokens, API tokens, audit log',
    settings,
    bodyLimit: 64 * 1024,
  });
  const { log, health, telemetry } = server;
  const sql = connect({ url: () => databaseUrl.value, service: 'auth' });
  observePool(sql, telemetry);
  observeSecrets(telemetry, databaseUrl, signingKeys, gatewayKey, tasksKey, auditKey);
  const keys = await SigningKeys.open(signingKeys, (error) => {
    if (error) log.error({ err: error }, 'the changed jwt-secret is not a key set; the last good one stays in use');
    else if (health.started) insist(log, () => recordKeys(sql, keys));
  });
  const auditLog = new Client({ target: 'audit-sidecar', url: settings.AUDIT_URL, key: auditKey, telemetry });
  const context: Context = { sql, settings, keys, auditLog, revocationSignal: new Signal() };

  const auditSignal = new Signal();
  const relay = new AuditRelay(sql, auditLog, auditSignal, log);
  const notified = (table?: string) => {
    if (table !== 'audit_records') context.revocationSignal.raise();
    if (table !== 'revocations') auditSignal.raise();
  };

  administratorPassword.onChange(() => {
    if (health.started) insist(log, () => ensureAdministrator(context, administratorPassword));
  });

  health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  health.beforeReady('idempotency', () => ensureIdempotencyTable(sql));
  health.beforeReady('outbox', () => rebaseOutbox(sql, 'audit_records', { table: 'audit_delivery', column: 'position' }));
  health.beforeReady('revocations', () => rebaseRevocations(sql));
  health.beforeReady('administrator', () => ensureAdministrator(context, administratorPassword));
  health.beforeReady('signing keys', () => recordKeys(sql, keys));
  health.beforeReady('purge', () => purge(sql, settings));
  health.beforeReady('relay', async () => relay.start());
  health.needs('database', () => ping(sql));

  getKeys(server, context);
  register(server, context);
  login(server, context);
  refresh(server, context);
  logout(server, context);
  resetPassword(server, context);
  previewInvitation(server, context);

  await server.register(async (app) => {
    requireIdentity(app, createAuthenticator(context));
    await useIdempotency(app, sql);
    getMe(app, context);
    updateMe(app, context);
    changePassword(app, context);
    changeEmail(app, context);
    listSessions(app, context);
    endSessions(app, context);
    listTokens(app, context);
    createToken(app, context);
    deleteToken(app, context);
    getWorkspaces(app, context);
    createWorkspace(app, context);
    updateWorkspace(app, context);
    deleteWorkspace(app, context);
    transferOwnership(app, context);
    listMembers(app, context);
    updateMember(app, context);
    removeMember(app, context);
    listInvitations(app, context);
    createInvitation(app, context);
    deleteInvitation(app, context);
    acceptInvitation(app, context);
    administerAccounts(app, context);
    createPasswordReset(app, context);
    listAudit(app, context);
    proveAudit(app, context);
  });

  await server.register(async (app) => {
    requireServiceKey(app, gatewayKey);
    exchange(app, context);
    listRevocations(app, context);
  });

  await server.register(async (app) => {
    requireServiceKey(app, tasksKey);
    internalDirectory(app, context);
  });

  const listener = listen(sql, 'auth', notified);
  const purging = setInterval(() => purge(sql, settings).catch((error) => log.warn({ err: error }, 'purge failed')), PURGE_INTERVAL_MS);
  purging.unref();
  server.addHook('preClose', async () => context.revocationSignal.close());
  server.addHook('onClose', async () => {
    clearInterval(purging);
    await relay.stop();
    await listener.close();
    await auditLog.close();
    await sql.end({ timeout: 5 });
  });
  return server;
}

/** For what a changed secret brings about: again until it succeeds. */
function insist(log: Server['log'], run: () => Promise<unknown>): void {
  run().catch((error) => {
    log.warn({ err: error }, 'a changed secret is not in force yet');
    setTimeout(insist, RETRY_MS, log, run).unref();
  });
}

if (import.meta.main) await run(start);
