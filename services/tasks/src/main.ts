import { fileURLToPath } from 'node:url';
import { Client } from '@taskflow/http/client';
import { createVerifier, requireIdentity } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings, serverSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { ensureIdempotencyTable, useIdempotency } from '@taskflow/postgres/idempotency';
import { migrate } from '@taskflow/postgres/migrate';
import { Type } from 'typebox';
import type { Context } from './context.ts';
import { Directory } from './directory.ts';
import { createProject } from './routes/create-project.ts';
import { createTask } from './routes/create-task.ts';
import { getBoard } from './routes/get-board.ts';
import { getProject } from './routes/get-project.ts';
import { getTask } from './routes/get-task.ts';
import { listProjects } from './routes/list-projects.ts';
import { listTasks } from './routes/list-tasks.ts';
import { moveTask } from './routes/move-task.ts';
import { patchTask } from './routes/patch-task.ts';

const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 8081 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 9081 }),
  AUTH_URL: Type.String({
    format: 'uri',
    default: 'http://127.0.0.1:5000',
    description: 'address of auth, whose keys verify access tokens and whose directory says who is in a workspace',
  }),
});
const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const databaseUrl = new Secret(settings.SECRETS_DIR, 'database-url');
  const tasksKey = new Secret(settings.SECRETS_DIR, 'tasks-api-key');
  const server = await createServer({
    service: 'tasks',
    description: 'Projects, boards, tasks, comments, labels, attachments, search and the change feed',
    settings,
  });
  const sql = connect({ url: () => databaseUrl.value, service: 'tasks' });
  const auth = new Client({ target: 'auth', url: settings.AUTH_URL, telemetry: server.telemetry, key: tasksKey });
  const directory = new Directory(sql, auth);
  const context: Context = { sql, directory };

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.beforeReady('idempotency', () => ensureIdempotencyTable(sql));
  server.health.needs('database', () => ping(sql));

  await server.register(async (app) => {
    requireIdentity(app, createVerifier(settings.AUTH_URL));
    await useIdempotency(app, sql);
    app.addHook('preHandler', (request) => directory.ensure(request.method === 'GET' ? [] : Object.keys(request.identity.workspaces)));

    createProject(app, context);
    listProjects(app, context);
    getProject(app, context);

    createTask(app, context);
    listTasks(app, context);
    getBoard(app, context);
    getTask(app, context);
    patchTask(app, context);
    moveTask(app, context);
  });

  server.addHook('onClose', async () => {
    await auth.close();
    await sql.end({ timeout: 5 });
  });
  return server;
}

if (import.meta.main) await run(start);
