import { fileURLToPath } from 'node:url';
import { createVerifier, requireIdentity, requireServiceKey } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings, serverSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { migrate } from '@taskflow/postgres/migrate';
import { Type } from 'typebox';
import type { Context } from './context.ts';
import { listInbox } from './routes/list-inbox.ts';
import { markInbox } from './routes/mark-inbox.ts';
import { receiveEvents } from './routes/receive-events.ts';

const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 3001 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 4001 }),
  AUTH_URL: Type.String({
    format: 'uri',
    default: 'http://127.0.0.1:5000',
    description: 'address of auth, whose keys verify access tokens',
  }),
});
const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const databaseUrl = new Secret(settings.SECRETS_DIR, 'database-url');
  const serviceKey = new Secret(settings.SECRETS_DIR, 'notifications-api-key');
  const server = await createServer({ service: 'notifications', description: 'Inbox, e-mail and webhooks', settings });
  const sql = connect({ url: () => databaseUrl.value, service: 'notifications' });
  const verify = createVerifier(settings.AUTH_URL);
  const context: Context = { sql, serviceKey, emailAvailable: false };

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.needs('database', () => ping(sql));

  await server.register(async (internal: Server) => {
    requireServiceKey(internal, serviceKey);
    receiveEvents(internal, context);
  });
  await server.register(async (app: Server) => {
    requireIdentity(app, verify);
    listInbox(app, context);
    markInbox(app, context);
  });

  server.addHook('onClose', () => sql.end({ timeout: 5 }));
  return server;
}

if (import.meta.main) await run(start);
