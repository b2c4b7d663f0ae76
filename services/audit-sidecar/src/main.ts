import { fileURLToPath } from 'node:url';
import { requireServiceKey } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { observeSecrets, Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { migrate } from '@taskflow/postgres/migrate';
import { observePool } from '@taskflow/postgres/observe';
import type { Context } from './context.ts';
import { Log } from './log.ts';
import { appendRecords } from './routes/append-records.ts';
import { getCheckpoint } from './routes/get-checkpoint.ts';
import { getKeys } from './routes/get-keys.ts';
import { getTile } from './routes/get-tile.ts';
import { listRecords } from './routes/list-records.ts';
import { proveConsistency } from './routes/prove-consistency.ts';
import { proveRecord } from './routes/prove-record.ts';
import { Settings } from './settings.ts';
import { readSigningKeys } from './signing.ts';
import { verify } from './verify/command.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const databaseUrl = new Secret(settings.SECRETS_DIR, 'audit-database-url');
  const apiKey = new Secret(settings.SECRETS_DIR, 'audit-api-key');
  const signingKey = new Secret(settings.SECRETS_DIR, 'audit-signing-key');

  const server = await createServer({ service: 'audit-sidecar', description: 'The tamper-evident audit log', settings });
  const sql = connect({ url: () => databaseUrl.value, service: 'audit-sidecar', connections: 5 });
  observePool(sql, server.telemetry);
  observeSecrets(server.telemetry, databaseUrl, apiKey, signingKey);
  let signers = readSigningKeys(signingKey, settings.AUDIT_ORIGIN);
  const signing = () => ({ origin: settings.AUDIT_ORIGIN, signers });
  const log = new Log(sql, signing);
  signingKey.onChange(async () => {
    try {
      signers = readSigningKeys(signingKey, settings.AUDIT_ORIGIN);
      await log.open();
      server.log.info({ keys: signers.length }, 'the signing keys changed');
    } catch (error) {
      server.log.error({ err: error }, 'the signing keys changed and cannot be used, or not yet');
    }
  });
  const context: Context = { sql, log, signing };

  await server.register(async (scope) => {
    const app = scope as unknown as Server;
    requireServiceKey(app, apiKey);
    appendRecords(app, context);
    listRecords(app, context);
    proveRecord(app, context);
    proveConsistency(app, context);
    getCheckpoint(app, context);
    getTile(app, context);
    getKeys(app, context);
  });

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.beforeReady('log', () => log.open());
  server.health.needs('database', () => ping(sql));
  server.health.needs('log', () => log.check());
  server.addHook('onClose', () => sql.end({ timeout: 5 }));
  return server;
}

if (import.meta.main) {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) await run(start);
  else if (command === 'verify') process.exitCode = await verify(args, process.env, { line: console.log, error: console.error });
  else {
    console.error(`unknown command ${command}: expected none, which runs the sidecar, or verify`);
    process.exitCode = 2;
  }
}
