import { fileURLToPath } from 'node:url';
import { createVerifier, requireIdentity, requireServiceKey } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { observeSecrets, Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { migrate } from '@taskflow/postgres/migrate';
import { observePool } from '@taskflow/postgres/observe';
import type { Context } from './context.ts';
import { exportTargets, IngestionMetrics } from './gauges.ts';
import { keepForAWhile } from './retention.ts';
import { getFlow } from './routes/get-flow.ts';
import { getRequests } from './routes/get-requests.ts';
import { getStatus } from './routes/get-status.ts';
import { receiveEvents } from './routes/receive-events.ts';
import { receiveHealthReport } from './routes/receive-health-report.ts';
import { receiveRequests } from './routes/receive-requests.ts';
import { Settings } from './settings.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const databaseUrl = new Secret(settings.SECRETS_DIR, 'database-url');
  const tasksKey = new Secret(settings.SECRETS_DIR, 'tasks-api-key');
  const gatewayKey = new Secret(settings.SECRETS_DIR, 'gateway-api-key');
  const server = await createServer({ service: 'metrics', description: 'Availability, request statistics and flow analytics', settings });
  const sql = connect({ url: () => databaseUrl.value, service: 'metrics' });
  observePool(sql, server.telemetry);
  observeSecrets(server.telemetry, databaseUrl, tasksKey, gatewayKey);
  const context: Context = { sql, settings, ingestion: new IngestionMetrics(server) };

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.needs('database', () => ping(sql));
  server.addHook('onClose', () => sql.end({ timeout: 5 }));
  exportTargets(server, context);
  keepForAWhile(server, context);

  await server.register(async (tasksPod: Server) => {
    requireServiceKey(tasksPod, tasksKey);
    receiveHealthReport(tasksPod, context);
    receiveEvents(tasksPod, context);
  });
  await server.register(async (gateways: Server) => {
    requireServiceKey(gateways, gatewayKey);
    receiveRequests(gateways, context);
  });
  await server.register(async (people: Server) => {
    requireIdentity(people, createVerifier(settings.AUTH_URL));
    getStatus(people, context);
    getRequests(people, context);
    getFlow(people, context);
  });
  return server;
}

if (import.meta.main) await run(start);
