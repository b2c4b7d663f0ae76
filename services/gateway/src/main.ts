import { Client } from '@taskflow/http/client';
import { createVerifier } from '@taskflow/http/identity';
import { run } from '@taskflow/http/run';
import { observeSecrets, Secret } from '@taskflow/http/secret';
import { createServer, type Server, VERSION } from '@taskflow/http/server';
import { type Environment, readSettings } from '@taskflow/http/settings';
import { AccessTokens } from './identity/access-tokens.ts';
import { cookieName } from './identity/credential.ts';
import { Revocations } from './identity/revocations.ts';
import { createOriginReader } from './proxy/client-address.ts';
import { awaitContinue } from './proxy/exchange.ts';
import { OpenStreams } from './proxy/open-streams.ts';
import { checkHost, checkTarget } from './proxy/request-target.ts';
import { Target } from './proxy/target.ts';
import { RateLimit } from './rate-limit.ts';
import type { OpenApi } from './reference/document.ts';
import { ReferenceSource } from './reference/reference.ts';
import { RequestStatistics } from './request-statistics.ts';
import { docs } from './routes/docs.ts';
import { health } from './routes/health.ts';
import { openApi } from './routes/openapi.ts';
import { proxy } from './routes/proxy.ts';
import { Settings } from './settings.ts';

export async function start(environment: Environment): Promise<Server> {
  const settings = readSettings(Settings, environment);
  const key = new Secret(settings.SECRETS_DIR, 'gateway-api-key');
  const server = await createServer({ service: 'gateway', description: 'The one door to TaskFlow', settings, servesOpenApi: false });
  const { telemetry, log } = server;
  observeSecrets(telemetry, key);

  const targets = [
    new Target('auth', settings.AUTH_URL, telemetry),
    new Target('tasks', settings.TASKS_URL, telemetry),
    new Target('notifications', settings.NOTIFICATIONS_URL, telemetry),
    new Target('metrics', settings.METRICS_URL, telemetry),
  ];
  const auth = new Client({ target: 'auth/internal', url: settings.AUTH_URL, key, telemetry });
  const metrics = new Client({ target: 'metrics/internal', url: settings.METRICS_URL, key, telemetry });
  const revocations = new Revocations(auth, log);
  const tokens = new AccessTokens(auth, createVerifier(settings.AUTH_URL), revocations, log);
  const statistics = new RequestStatistics(metrics, log);
  const streams = new OpenStreams(settings.STREAMS, (claims) => revocations.covers(claims));
  revocations.onRevoked(() => streams.endRevoked());

  server.addHook('onRequest', async ({ raw }) => {
    checkTarget(raw.url!);
    checkHost(raw.rawHeaders);
  });
  proxy(server, {
    targets,
    tokens,
    streams,
    statistics,
    originOf: createOriginReader(settings.TRUSTED_PROXIES),
    limits: {
      address: new RateLimit({ name: 'address', quota: settings.RATE_LIMIT_ADDRESS, windowSeconds: 60 }),
      user: new RateLimit({ name: 'user', quota: settings.RATE_LIMIT_USER, windowSeconds: 60 }),
      signIn: new RateLimit({ name: 'sign-in', quota: settings.RATE_LIMIT_SIGN_IN, windowSeconds: 60 }),
    },
    cookieName: cookieName(settings.PUBLIC_URL),
    publicOrigin: new URL(settings.PUBLIC_URL).origin,
    timeoutMs: settings.TIMEOUT_SECONDS * 1000,
    stallMs: settings.STALL_SECONDS * 1000,
  });
  health(server, targets);
  const reference = new ReferenceSource(targets, () => server.swagger() as OpenApi, VERSION);
  openApi(server, reference);
  docs(server, reference);

  telemetry.gauge({
    name: 'gateway_open_streams',
    help: 'Event streams being passed through',
    collect: (gauge) => gauge.set(streams.size),
  });
  telemetry.gauge({
    name: 'gateway_concurrency_limit',
    help: 'Requests that a service may be working on at once, as measured',
    labelNames: ['target'],
    collect: (gauge) => {
      for (const { name, limit } of targets) gauge.set({ target: name }, limit.limit);
    },
  });

  server.server.requestTimeout = settings.UPLOAD_SECONDS * 1000;
  server.server.on('checkContinue', (request, response) => {
    awaitContinue(response);
    server.routing(request, response);
  });
  server.addHook('onReady', async () => statistics.start(settings.REPORT_SECONDS * 1000));
  server.health.beforeReady('auth', () => revocations.begin());
  server.health.onDrain(() => streams.endAll());
  server.addHook('onClose', async () => {
    revocations.close();
    await statistics.close();
    key.close();
    await Promise.all([auth.close(), metrics.close(), ...targets.map(({ pool }) => pool.destroy())]);
  });
  return server;
}

if (import.meta.main) await run(start);
