import { fileURLToPath } from 'node:url';
import { Client } from '@taskflow/http/client';
import { createVerifier, requireIdentity } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { observeSecrets, Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import { type Environment, readSettings, serverSettings } from '@taskflow/http/settings';
import { connect, ping } from '@taskflow/postgres/database';
import { ensureIdempotencyTable, useIdempotency } from '@taskflow/postgres/idempotency';
import { migrate } from '@taskflow/postgres/migrate';
import { observePool } from '@taskflow/postgres/observe';
import { rebaseOutbox } from '@taskflow/postgres/outbox';
import { Type } from 'typebox';
import { attachmentSettings, attachmentsFrom, sweepUnfinished } from './attachments/attachments.ts';
import { resolvePendingMentions } from './comments/pending-mentions.ts';
import type { Context } from './context.ts';
import { Directory } from './directory.ts';
import { Feed } from './feed/feed.ts';
import { RecurrenceWorker } from './recurrence/worker.ts';
import { bulkTasks } from './routes/bulk-tasks.ts';
import { createAttachment } from './routes/create-attachment.ts';
import { createCalendar } from './routes/create-calendar.ts';
import { createColumn } from './routes/create-column.ts';
import { createComment } from './routes/create-comment.ts';
import { createFilter } from './routes/create-filter.ts';
import { createLabel } from './routes/create-label.ts';
import { createProject } from './routes/create-project.ts';
import { createRelation } from './routes/create-relation.ts';
import { createTask } from './routes/create-task.ts';
import { deleteAttachment } from './routes/delete-attachment.ts';
import { deleteCalendar } from './routes/delete-calendar.ts';
import { deleteColumn } from './routes/delete-column.ts';
import { deleteComment } from './routes/delete-comment.ts';
import { deleteFilter } from './routes/delete-filter.ts';
import { deleteLabel } from './routes/delete-label.ts';
import { deleteProject } from './routes/delete-project.ts';
import { deleteRecurrence } from './routes/delete-recurrence.ts';
import { deleteRelation } from './routes/delete-relation.ts';
import { deleteTask } from './routes/delete-task.ts';
import { exportProjectCsv } from './routes/export-project-csv.ts';
import { exportProjectJson } from './routes/export-project-json.ts';
import { getAttachment } from './routes/get-attachment.ts';
import { getBoard } from './routes/get-board.ts';
import { getCalendar } from './routes/get-calendar.ts';
import { getProject } from './routes/get-project.ts';
import { getRecurrence } from './routes/get-recurrence.ts';
import { getTask } from './routes/get-task.ts';
import { importProject } from './routes/import-project.ts';
import { listActivity } from './routes/list-activity.ts';
import { listAttachments } from './routes/list-attachments.ts';
import { listComments } from './routes/list-comments.ts';
import { listFilters } from './routes/list-filters.ts';
import { listLabels } from './routes/list-labels.ts';
import { listProjects } from './routes/list-projects.ts';
import { listRelations } from './routes/list-relations.ts';
import { listTasks } from './routes/list-tasks.ts';
import { moveTask } from './routes/move-task.ts';
import { orderColumns } from './routes/order-columns.ts';
import { patchColumn } from './routes/patch-column.ts';
import { patchComment } from './routes/patch-comment.ts';
import { patchFilter } from './routes/patch-filter.ts';
import { patchLabel } from './routes/patch-label.ts';
import { patchProject } from './routes/patch-project.ts';
import { patchTask } from './routes/patch-task.ts';
import { removeProjectMember } from './routes/remove-project-member.ts';
import { restoreComment } from './routes/restore-comment.ts';
import { restoreProject } from './routes/restore-project.ts';
import { restoreTask } from './routes/restore-task.ts';
import { searchTasks } from './routes/search-tasks.ts';
import { setProjectMember } from './routes/set-project-member.ts';
import { setRecurrence } from './routes/set-recurrence.ts';
import { setViewing } from './routes/set-viewing.ts';
import { streamChanges } from './routes/stream-changes.ts';
import { watchTask } from './routes/watch-task.ts';

const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 8081 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 9081 }),
  AUTH_URL: Type.String({
    format: 'uri',
    default: 'http://127.0.0.1:5000',
    description: 'address of auth, whose keys verify access tokens and whose directory says who is in a workspace',
  }),
  NOTIFICATIONS_URL: Type.String({
    format: 'uri',
    default: 'http://127.0.0.1:3001',
    description: 'address of notifications, which takes events',
  }),
  METRICS_URL: Type.String({ format: 'uri', default: 'http://127.0.0.1:5001', description: 'address of metrics, which takes events' }),
  ...attachmentSettings,
  PUBLIC_URL: Type.String({ format: 'uri', default: 'http://localhost:8080', description: 'where people reach the web app' }),
  EVENT_RETENTION_DAYS: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'delivered events older than this are deleted, and with them the history of tasks; 0 keeps all',
  }),
});
const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const databaseUrl = new Secret(settings.SECRETS_DIR, 'database-url');
  const tasksKey = new Secret(settings.SECRETS_DIR, 'tasks-api-key');
  const notificationsKey = new Secret(settings.SECRETS_DIR, 'notifications-api-key');
  const server = await createServer({
    service: 'tasks',
    description: 'Projects, boards, tasks, comments, labels, attachments, search and the change feed',
    settings,
  });
  const sql = connect({ url: () => databaseUrl.value, service: 'tasks' });
  observePool(sql, server.telemetry);
  observeSecrets(server.telemetry, databaseUrl, tasksKey, notificationsKey);
  const auth = new Client({ target: 'auth', url: settings.AUTH_URL, telemetry: server.telemetry, key: tasksKey });
  const notifications = new Client({
    target: 'notifications',
    url: settings.NOTIFICATIONS_URL,
    telemetry: server.telemetry,
    key: notificationsKey,
  });
  const metrics = new Client({ target: 'metrics', url: settings.METRICS_URL, telemetry: server.telemetry, key: tasksKey });
  const directory = new Directory(sql, auth, server.log);
  const attachments = attachmentsFrom(sql, settings);
  const context: Context = { sql, directory, attachments };
  const feed = new Feed({ sql, server, auth, notifications, metrics, retentionDays: settings.EVENT_RETENTION_DAYS });
  const recurrence = new RecurrenceWorker({ sql, log: server.log, reader: feed.reader });

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.beforeReady('idempotency', () => ensureIdempotencyTable(sql));
  server.health.beforeReady('positions', () => rebaseOutbox(sql, 'events', { table: 'relay_cursors' }, { table: 'feed_horizon' }));
  server.health.beforeReady('change feed', () => feed.start());
  server.health.beforeReady('recurrence', async () => recurrence.start());
  server.health.needs('database', () => ping(sql));

  getCalendar(server, context, settings.PUBLIC_URL);
  await server.register(async (app) => {
    requireIdentity(app, createVerifier(settings.AUTH_URL));
    await useIdempotency(app, sql);
    app.addHook('preHandler', (request) => directory.ensure(request.method === 'GET' ? [] : Object.keys(request.identity.workspaces)));

    createProject(app, context);
    listProjects(app, context);
    getProject(app, context);
    patchProject(app, context);
    deleteProject(app, context);
    restoreProject(app, context);
    setProjectMember(app, context);
    removeProjectMember(app, context);
    createColumn(app, context);
    patchColumn(app, context);
    deleteColumn(app, context);
    orderColumns(app, context);

    createTask(app, context);
    listTasks(app, context);
    getBoard(app, context);
    getTask(app, context);
    patchTask(app, context);
    moveTask(app, context);
    deleteTask(app, context);
    restoreTask(app, context);
    bulkTasks(app, context);
    watchTask(app, context);
    listActivity(app, context);

    createComment(app, context);
    listComments(app, context);
    patchComment(app, context);
    deleteComment(app, context);
    restoreComment(app, context);

    createRelation(app, context);
    listRelations(app, context);
    deleteRelation(app, context);

    createLabel(app, context);
    listLabels(app, context);
    patchLabel(app, context);
    deleteLabel(app, context);

    createAttachment(app, context);
    listAttachments(app, context);
    getAttachment(app, context);
    deleteAttachment(app, context);

    setRecurrence(app, context);
    getRecurrence(app, context);
    deleteRecurrence(app, context);

    searchTasks(app, context);
    createFilter(app, context);
    listFilters(app, context);
    patchFilter(app, context);
    deleteFilter(app, context);

    importProject(app, context);
    exportProjectJson(app, context);
    exportProjectCsv(app, context);
    createCalendar(app, context);
    deleteCalendar(app, context);

    streamChanges(app, context, feed);
    setViewing(app, context, feed);
  });

  const background = [resolvePendingMentions(sql, directory, server.log), sweepUnfinished(sql, attachments, server.log)];
  server.addHook('preClose', async () => {
    await Promise.all([feed.stop(), recurrence.stop()]);
  });
  server.addHook('onClose', async () => {
    for (const task of background) task.stop();
    await Promise.all([auth.close(), notifications.close(), metrics.close()]);
    await sql.end({ timeout: 5 });
  });
  return server;
}

if (import.meta.main) await run(start);
