import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVerifier, requireIdentity, requireServiceKey } from '@taskflow/http/identity';
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
import type { Context } from './context.ts';
import { deliveryMetrics } from './delivery-metrics.ts';
import { Mailer } from './email/mailer.ts';
import { sendEmails } from './email/send-emails.ts';
import { InboxHub } from './inbox-hub.ts';
import { keepTidy } from './retention.ts';
import { createWebhook } from './routes/create-webhook.ts';
import { deleteWebhook } from './routes/delete-webhook.ts';
import { getDelivery } from './routes/get-delivery.ts';
import { getInboxCounts } from './routes/get-inbox-counts.ts';
import { getPreferences } from './routes/get-preferences.ts';
import { getWebhook } from './routes/get-webhook.ts';
import { listDeliveries } from './routes/list-deliveries.ts';
import { listInbox } from './routes/list-inbox.ts';
import { listInboxGroups } from './routes/list-inbox-groups.ts';
import { listMutes } from './routes/list-mutes.ts';
import { listWebhooks } from './routes/list-webhooks.ts';
import { markInbox } from './routes/mark-inbox.ts';
import { mute } from './routes/mute.ts';
import { pingWebhook } from './routes/ping-webhook.ts';
import { receiveEvents } from './routes/receive-events.ts';
import { replayDeliveries } from './routes/replay-deliveries.ts';
import { replayDelivery } from './routes/replay-delivery.ts';
import { rotateWebhookSecret } from './routes/rotate-webhook-secret.ts';
import { streamInbox } from './routes/stream-inbox.ts';
import { unmute } from './routes/unmute.ts';
import { unsubscribe } from './routes/unsubscribe.ts';
import { updatePreferences } from './routes/update-preferences.ts';
import { updateWebhook } from './routes/update-webhook.ts';
import { Settings } from './settings.ts';
import { callWebhooks } from './webhooks/call-webhooks.ts';
import { Egress } from './webhooks/egress.ts';
import { parseNetworks } from './webhooks/networks.ts';
import { resealSecrets } from './webhooks/reseal.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const databaseUrl = new Secret(settings.SECRETS_DIR, 'database-url');
  const serviceKey = new Secret(settings.SECRETS_DIR, 'notifications-api-key');
  const signingKey = new Secret(settings.SECRETS_DIR, 'notifications-signing-key');
  const mailer = createMailer(settings);
  const egress = new Egress({
    allowedNetworks: parseNetworks(settings.WEBHOOK_ALLOWED_NETWORKS),
    allowHttp: settings.WEBHOOK_ALLOW_HTTP,
    dnsServers: settings.WEBHOOK_DNS_SERVERS.split(/[\s,]+/).filter(Boolean),
  });
  const server = await createServer({ service: 'notifications', description: 'Inbox, e-mail and webhooks', settings });
  const sql = connect({ url: () => databaseUrl.value, service: 'notifications' });
  observePool(sql, server.telemetry);
  observeSecrets(server.telemetry, databaseUrl, serviceKey, signingKey);
  const hub = new InboxHub(sql);
  const context: Context = { sql, signingKey, emailAvailable: mailer !== undefined, hub, egress };

  await server.register(async (internal: Server) => {
    requireServiceKey(internal, serviceKey);
    receiveEvents(internal, context);
  });
  await server.register(async (app: Server) => unsubscribe(app, context));
  await server.register(async (app: Server) => {
    requireIdentity(app, createVerifier(settings.AUTH_URL));
    await useIdempotency(app, sql);
    listInbox(app, context);
    listInboxGroups(app, context);
    getInboxCounts(app, context);
    markInbox(app, context);
    streamInbox(app, context);
    getPreferences(app, context);
    updatePreferences(app, context);
    listMutes(app, context);
    mute(app, context);
    unmute(app, context);
    createWebhook(app, context);
    listWebhooks(app, context);
    getWebhook(app, context);
    updateWebhook(app, context);
    deleteWebhook(app, context);
    rotateWebhookSecret(app, context);
    pingWebhook(app, context);
    listDeliveries(app, context);
    getDelivery(app, context);
    replayDelivery(app, context);
    replayDeliveries(app, context);
  });

  const outcomes = deliveryMetrics(server.telemetry, sql);
  const delivering = { sql, signingKey, retrySeconds: settings.RETRY_SECONDS, outcomes, log: server.log };
  const loops = [
    callWebhooks({
      ...delivering,
      egress,
      timeoutSeconds: settings.WEBHOOK_TIMEOUT_SECONDS,
      failingDays: settings.WEBHOOK_FAILING_DAYS,
    }),
    ...(mailer
      ? [
          sendEmails({
            ...delivering,
            mailer,
            composer: { publicUrl: settings.PUBLIC_URL.replace(/\/$/, ''), domain: mailer.domain, signingKey },
            timeoutSeconds: settings.SMTP_TIMEOUT_SECONDS,
          }),
        ]
      : []),
  ];

  server.health.beforeReady('migrations', () => migrate(sql, MIGRATIONS));
  server.health.beforeReady('idempotency', () => ensureIdempotencyTable(sql));
  server.health.beforeReady('feed', () => rebaseOutbox(sql, 'notifications'));
  const reseal = () => resealSecrets(sql, signingKey, server.log);
  server.health.beforeReady('webhook secrets', reseal);
  signingKey.onChange(() => reseal().catch((error) => server.log.error({ err: error }, 'webhook secrets could not be sealed anew')));
  server.health.beforeReady('deliveries', async () => {
    hub.open();
    for (const loop of loops) loop.start();
  });
  server.health.needs('database', () => ping(sql));
  const wakeUp = listen(sql, 'deliveries', () => {
    for (const loop of loops) loop.wake();
  });
  const tidy = keepTidy({ sql, inboxDays: settings.INBOX_DAYS, logDays: settings.DELIVERY_LOG_DAYS, log: server.log });

  server.addHook('onClose', async () => {
    tidy.stop();
    await Promise.all([wakeUp.close(), hub.close(), ...loops.map((loop) => loop.stop((settings.SHUTDOWN_SECONDS * 1000) / 2))]);
    await sql.end({ timeout: 5 });
  });
  return server;
}

/** Without SMTP_URL there is no e-mail, and /notifications/preferences says so. */
function createMailer({ SMTP_URL, SECRETS_DIR, MAIL_FROM, SMTP_TIMEOUT_SECONDS }: Settings): Mailer | undefined {
  if (!SMTP_URL) return undefined;
  const password = existsSync(join(SECRETS_DIR, 'smtp-password')) ? new Secret(SECRETS_DIR, 'smtp-password') : undefined;
  return new Mailer({ url: SMTP_URL, password, from: MAIL_FROM, timeoutMs: SMTP_TIMEOUT_SECONDS * 1000 });
}

if (import.meta.main) await run(start);
