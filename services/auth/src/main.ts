import { fileURLToPath } from 'node:url';
import { requireIdentity, requireServiceKey } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { migrate } from '@taskflow/postgres/migrate';
import { ensureAdministrator } from './administrator.ts';
import type { Context } from './context.ts';
import { createAuthenticator } from './identity.ts';
import { exchange } from './routes/exchange.ts';
import { getKeys } from './routes/get-keys.ts';
import { getMe } from './routes/get-me.ts';
import { internalDirectory } from './routes/internal-directory.ts';
import { listRevocations } from './routes/list-revocations.ts';
import { login } from './routes/login.ts';
import { register } from './routes/register.ts';
import { Settings } from './settings.ts';
import { Signal } from './signal.ts';
import { SigningKeys } from './signing-keys.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const secret = (name: string) => new Secret(settings.SECRETS_DIR, name);
  const databaseUrl = secret('database-url');
  const administratorPassword = secret('admin-password');
  const gatewayKey = secret('gateway-api-key');
  const tasksKey = secret('tasks-api-key');

  const server = await createServer({
    service: 'auth',
    description: 'Accounts, workspaces and roles, sessions, access tokens, API tokens, audit log',
    settings,
    bodyLimit: 64 * 1024,
  });
  const keys = await SigningKeys.open(secret('jwt-secret'), (error) => {
    if (error) server.log.error({ err: error }, 'the changed jwt-secret is not a key set; the last good one stays in use');
  });
  const sql = connect({ url: () => databaseUrl.value, service: 'auth' });
  const context: Context = { sql, settings, keys, revocationSignal: new Signal() };

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.beforeReady('administrator', () => ensureAdministrator(context, administratorPassword));
  server.health.beforeReady('revocations', () => context.revocationSignal.listen(sql, 'revocations'));
  server.health.needs('database', () => ping(sql));

  getKeys(server, context);
  register(server, context);
  login(server, context);

  await server.register(async (app) => {
    requireIdentity(app, createAuthenticator(context));
    getMe(app, context);
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

  server.addHook('preClose', async () => context.revocationSignal.raise());
  server.addHook('onClose', () => sql.end({ timeout: 5 }));
  return server;
}

if (import.meta.main) await run(start);
