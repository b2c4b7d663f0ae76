import { fileURLToPath } from 'node:url';
import { requireServiceKey } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { migrate } from '@taskflow/postgres/migrate';
import type { Context } from './context.ts';
import { Log } from './log.ts';
import { appendRecords } from './routes/append-records.ts';
import { Settings } from './settings.ts';
import { readSigningKeys } from './signing-keys.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const databaseUrl = new Secret(settings.SECRETS_DIR, 'audit-database-url');
  const apiKey = new Secret(settings.SECRETS_DIR, 'audit-api-key');
  const signingKey = new Secret(settings.SECRETS_DIR, 'audit-signing-key');

  const server = await createServer({ service: 'audit-sidecar', description: 'The tamper-evident audit log', settings });
  const sql = connect({ url: () => databaseUrl.value, service: 'audit-sidecar', connections: 5 });
  let signers = readSigningKeys(signingKey, settings.AUDIT_ORIGIN);
  signingKey.onChange(() => {
    try {
      signers = readSigningKeys(signingKey, settings.AUDIT_ORIGIN);
    } catch (error) {
      server.log.error({ err: error }, 'the new signing keys cannot be used; the old ones stay');
    }
  });
  const signing = () => ({ origin: settings.AUDIT_ORIGIN, signers });
  const log = new Log(sql, signing);
  const context: Context = { sql, log, signing };

  await server.register(async (scope) => {
    const app = scope as unknown as Server;
    requireServiceKey(app, apiKey);
    appendRecords(app, context);
  });

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.beforeReady('log', () => log.open());
  server.health.needs('database', () => ping(sql));
  server.health.needs('log', () => log.check());
  server.addHook('onClose', () => sql.end({ timeout: 5 }));
  return server;
}

if (import.meta.main) await run(start);
