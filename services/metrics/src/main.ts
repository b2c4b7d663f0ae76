import { fileURLToPath } from 'node:url';
import { run } from '@taskflow/http/run';
import { Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings, serverSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { migrate } from '@taskflow/postgres/migrate';
import { Type } from 'typebox';

const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 5001 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 6001 }),
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
  const server = await createServer({ service: 'metrics', description: 'Availability, request statistics and flow analytics', settings });
  const sql = connect({ url: () => databaseUrl.value, service: 'metrics' });

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.needs('database', () => ping(sql));
  server.addHook('onClose', () => sql.end({ timeout: 5 }));
  return server;
}

if (import.meta.main) await run(start);
