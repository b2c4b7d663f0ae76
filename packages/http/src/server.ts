import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { StatusDocument } from '@taskflow/contracts/status';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawServerDefault,
} from 'fastify';
import type { Logger } from 'pino';
import { allowedMethods } from './allowed-methods.ts';
import { contextFromHeaders, REQUEST_ID_HEADER, type RequestContext, requestContext } from './context.ts';
import { enforceDeadline } from './deadline.ts';

import { toProblem } from './errors.ts';
import { finishOpenApi } from './finish-openapi.ts';
import { Health } from './health.ts';
import { discardRest } from './linger.ts';
import { createLogger, flat } from './logger.ts';
import { problems } from './problem.ts';
import { printable, type ServerSettings } from './settings.ts';
import { Telemetry } from './telemetry.ts';
import { refuseUnparsable } from './unparsable.ts';
import { compileSerializer, compileValidator } from './validation.ts';

declare module 'fastify' {
  interface FastifyInstance {
    health: Health;
    telemetry: Telemetry;
    /** Listens on both ports and starts the start-up steps; resolves when the ports are open. */
    open(): Promise<void>;
    /** Graceful shutdown: readiness off, drain, then close with a hard deadline. */
    shutdown(): Promise<void>;
    /** The API's address, once open, such as http://127.0.0.1:8081 */
    url: string;
    /** The address of the probes and of /metrics, once open. */
    operationsUrl: string;
  }
  interface FastifyRequest {
    context: RequestContext;
  }
}

export type Server = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

export interface ServerOptions {
  service: string;
  /** One sentence for the API reference. */
  description: string;
  settings: ServerSettings;
  /** Bytes; 1 MiB when not set. A route may set its own. */
  bodyLimit?: number;
  /** Whether `GET /openapi.json` describes this service's own routes; the gateway answers it itself. */
  servesOpenApi?: boolean;
}

/** What a route's `security` may name: a person's access token or API token, or another service's key. */
const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer' },
  serviceKey: { type: 'http', scheme: 'bearer', description: 'between services only' },
} as const;

/**
 * Against slow and greedy clients, in milliseconds and bytes. A request has ten seconds for its head and two minutes in
 * all, checked every other second; the time for the answer is limited by deadline.ts. Idle connections stay longer than
 * this project's clients and nginx keep them, so that none is closed while a request is on its way.
 */
const LIMITS = {
  requestTimeout: 120_000,
  keepAliveTimeout: 75_000,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000, maxHeaderSize: 16 * 1024 },
} as const;
/** Milliseconds after the cut for what closes besides connections, such as the database pool. */
const CLEANUP_MS = 5000;
/** Connections to one process; further ones are closed at once, before they cost memory. */
const MOST_CONNECTIONS = 10_000;

export const VERSION = process.env.TASKFLOW_VERSION ?? '0.1.0';

/** A Fastify instance with logging, metrics, health, limits, problem documents and graceful shutdown. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { service, description, settings, bodyLimit = 1024 * 1024, servesOpenApi = true } = options;
  const log = await createLogger(service, settings);
  const requestLog = flat(log);
  const app: Server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    ...LIMITS,
    routerOptions: { maxParamLength: 200 },
    genReqId: () => '',
    childLoggerFactory: (logger) => logger, // what a line says of its request, it names itself
    clientErrorHandler: refuseUnparsable,
    // Such as a path that is not UTF-8; no hook has run.
    frameworkErrors: (error, request, reply) => {
      request.id = contextFromHeaders(request.headers).requestId;
      sendProblem(error, request, reply.header(REQUEST_ID_HEADER, request.id));
    },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  const health = new Health(log as FastifyBaseLogger);
  const telemetry = new Telemetry(service);
  app.decorate('health', health).decorate('telemetry', telemetry).decorate('url', '').decorate('operationsUrl', '');
  app.decorateRequest('context');
  app.setValidatorCompiler(compileValidator).setSerializerCompiler(compileSerializer);

  app.addHook('onRequest', (request, reply, done) => {
    const context = contextFromHeaders(request.headers);
    request.context = context;
    request.id = context.requestId;
    telemetry.inFlight.inc();
    // Not onResponse, which does not come when the client goes away first.
    reply.raw.once('close', () => recordResponse(request, reply, telemetry, requestLog));
    reply.header(REQUEST_ID_HEADER, context.requestId);
    enforceDeadline(request, reply);
    requestContext.run(context, done);
  });
  app.addHook('onSend', async (_request, reply) => {
    if (health.draining) reply.header('connection', 'close');
  });
  app.addHook('onRequest', async (request) => {
    if (!health.started && request.url !== '/') throw problems.unavailable({ headers: { 'retry-after': '1' } });
  });
  app.addHook('onRequestAbort', async (request) => {
    request.log.debug({ requestId: request.id }, 'the client went away');
  });
  app.setErrorHandler((error, request, reply) => sendProblem(error as Error, request, reply));
  const methodsOf = allowedMethods(app);
  app.setNotFoundHandler((request, reply) => {
    const allow = methodsOf(request.url.split('?', 1)[0] as string).join(', ');
    return sendProblem(allow ? problems.method_not_allowed({ headers: { allow } }) : problems.not_found(), request, reply);
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `TaskFlow ${service}`, description, version: VERSION },
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transformObject: (document) => finishOpenApi('openapiObject' in document ? document.openapiObject : document.swaggerObject),
  });
  if (servesOpenApi) app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/', { schema: { hide: true, response: { 200: StatusDocument, 503: StatusDocument } } }, async (_request, reply) => {
    const { status, failing } = health;
    reply.code(status === 'ready' ? 200 : 503).header('cache-control', 'no-store');
    return { service, version: VERSION, status, ...(failing.length > 0 ? { failing } : {}) };
  });

  const operations = createOperationsServer(app);
  app.decorate('open', async () => {
    const operationsHost = settings.OPERATIONS_HOST ?? settings.HOST;
    await listen(operations, settings.OPERATIONS_PORT, operationsHost);
    await app.listen({ port: settings.PORT, host: settings.HOST, listenTextResolver: (address) => `listening at ${address}` });
    app.url = addressOf(app.server, settings.HOST);
    app.operationsUrl = addressOf(operations, operationsHost);
    log.info({ settings: printable(settings) }, 'settings');
    health.start().catch((error) => log.error({ err: error }, 'start-up failed'));
  });
  let ended: Promise<void> | undefined;
  app.decorate('shutdown', () => {
    ended ??= shutDown(app, settings);
    return ended;
  });
  app.addHook('onClose', async () => {
    health.stop();
    operations.closeAllConnections();
    operations.close();
  });
  return app;
}

/**
 * Readiness goes first, and DRAIN_SECONDS pass until no balancer sends anything here any more. Then streams are told to end,
 * the port closes, and what is being served is finished; after SHUTDOWN_SECONDS more the rest is cut.
 */
async function shutDown(app: Server, settings: ServerSettings): Promise<void> {
  const { health, log, server } = app;
  health.draining = true;
  log.info('draining');
  await sleep(settings.DRAIN_SECONDS * 1000);
  const hard = setTimeout(() => {
    log.warn('shutdown deadline passed, cutting the rest');
    server.closeAllConnections();
  }, settings.SHUTDOWN_SECONDS * 1000);
  const finished = health.drain().then(() => app.close());
  const tooLong = sleep(settings.SHUTDOWN_SECONDS * 1000 + CLEANUP_MS, 'too long', { ref: false });
  if ((await Promise.race([finished, tooLong])) === 'too long') log.error('clean-up did not finish');
  clearTimeout(hard);
}

/**
 * The operational port: probes and metrics, apart from the API so that no proxy path reaches them. It shares the event
 * loop on purpose: a loop that hangs does not answer /livez.
 */
function createOperationsServer(app: Server): HttpServer {
  const { health, telemetry } = app;
  return createHttpServer({ requestTimeout: 5000, headersTimeout: 5000 }, async (request, response) => {
    const answer = (ok: boolean) => {
      response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify({ status: health.status, failing: health.failing }));
    };
    switch (request.url) {
      case '/livez':
        return answer(true);
      case '/readyz':
        return answer(health.status === 'ready');
      case '/startupz':
        return answer(health.started);
      case '/metrics': {
        const metrics = await telemetry.registry.metrics().catch((error) => app.log.warn({ err: error }, 'metrics cannot be collected'));
        response.writeHead(metrics ? 200 : 500, { 'content-type': telemetry.registry.contentType });
        return response.end(metrics);
      }
      default:
        response.writeHead(404).end();
    }
  });
}

function recordResponse(request: FastifyRequest, reply: FastifyReply, telemetry: Telemetry, log: Logger): void {
  const { method, routeOptions, context } = request;
  const route = routeOptions.url ?? 'none';
  const status = reply.raw.headersSent ? reply.raw.statusCode : 499; // as nginx has it: the client went away unanswered
  telemetry.inFlight.dec();
  telemetry.requests.observe({ method, route, status: String(status) }, reply.elapsedTime / 1000);
  log.info(
    { requestId: context.requestId, traceId: context.traceId, method, route, status, ms: Math.round(reply.elapsedTime * 10) / 10 },
    'request',
  );
}

function sendProblem(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  // Without a cause it is a refusal, such as shedding load: the line of the request says enough.
  if (problem.status >= 500 && problem.cause !== undefined)
    request.log.error({ err: error, requestId: request.id, traceId: request.context?.traceId }, 'request failed');
  if (problem.status === 413) reply.removeHeader('connection'); // Fastify would close at once
  discardRest(request.raw);
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem.document(request.id));
}

function listen(server: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function addressOf(server: HttpServer, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
}
