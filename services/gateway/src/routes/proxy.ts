import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessToken, AccessTokens } from '../identity/access-tokens.ts';
import { bearerCredential, type Credential, isSessionCookie, sessionCookie, sessionCredential } from '../identity/credential.ts';
import { refuseCrossSite } from '../identity/csrf.ts';
import { gatewayProblems } from '../problems.ts';
import { networkOf, type Origin } from '../proxy/client-address.ts';
import { Exchange, hasBody } from '../proxy/exchange.ts';
import { requestHeaders } from '../proxy/headers.ts';
import type { OpenStreams } from '../proxy/open-streams.ts';
import type { Target } from '../proxy/target.ts';
import type { RateLimit } from '../rate-limit.ts';
import type { RequestStatistics } from '../request-statistics.ts';

export interface ProxyContext {
  targets: Target[];
  tokens: AccessTokens;
  streams: OpenStreams;
  statistics: RequestStatistics;
  originOf: (request: FastifyRequest['raw']) => Origin;
  limits: { address: RateLimit; user: RateLimit; signIn: RateLimit };
  cookieName: string;
  publicOrigin: string;
  timeoutMs: number;
  stallMs: number;
}

/**
 * Here auth's own cookie comes and goes, or nobody need be known, so these calls are not authenticated at the edge: a stale
 * cookie must not lock anyone out.
 */
const COOKIE_PATHS = new Set([
  '/auth/login',
  '/auth/register',
  '/auth/refresh',
  '/auth/logout',
  '/auth/password/reset',
  '/auth/invitations/preview',
]);
/** Where passwords can be guessed or accounts made. */
const SIGN_IN_PATHS = new Set(['/auth/login', '/auth/register']);
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Larger requests, and those of unknown length, may take longer to arrive than an answer may take. */
const QUICK_BYTES = 1024 * 1024;

/**
 * `/auth`, `/tasks`, `/notifications` and `/metrics` with everything below them, prefix kept; the bare prefix is the status document of
 * the service. All is done in `onRequest`, where Fastify has not looked at the body yet; what is refused is thrown as a problem.
 */
export function proxy(app: Server, context: ProxyContext): void {
  for (const target of context.targets) {
    const onRequest = (request: FastifyRequest, reply: FastifyReply) => forward(target, request, reply, context);
    for (const url of [`/${target.name}`, `/${target.name}/*`]) app.all(url, { onRequest, schema: { hide: true } }, () => {});
  }
}

async function forward(target: Target, request: FastifyRequest, reply: FastifyReply, context: ProxyContext): Promise<void> {
  const { raw, method } = request;
  const begin = performance.now();
  let end: number | undefined; // of a stream it is its beginning: how long it stays open says nothing about the service
  reply.raw.once('close', () => context.statistics.count(target.name, method, statusOf(reply.raw), (end ?? performance.now()) - begin));
  const path = raw.url!.split('?', 1)[0]!;
  const isStatus = path === `/${target.name}`;
  refuseUnsupported(request, isStatus);
  const origin = context.originOf(raw);
  const limit = method === 'POST' && SIGN_IN_PATHS.has(path) ? context.limits.signIn : context.limits.address;
  limit.take(networkOf(origin.address), reply);

  const cookie = sessionCookie(raw.headers, context.cookieName);
  const ownsCookie = COOKIE_PATHS.has(path);
  const usesCookie = cookie !== undefined && (ownsCookie || raw.headers.authorization === undefined);
  if (usesCookie || ownsCookie) refuseCrossSite(method, raw.headers, context.publicOrigin, usesCookie);
  const access = isStatus ? undefined : await authenticate(request, origin.address, cookie, ownsCookie, context);
  if (access) context.limits.user.take(access.claims.sub, reply);

  const exchange = new Exchange({
    target,
    request: raw,
    response: reply.raw,
    ...deadlineOf(request, context.timeoutMs),
    path: isStatus ? '/' : raw.url!,
    headers: requestHeaders(raw.rawHeaders, {
      context: request.context,
      origin,
      accessToken: access?.token,
      cookie: ownsCookie && cookie && isSessionCookie(cookie) ? `${context.cookieName}=${cookie}` : undefined,
      contentLength: raw.headers['content-length'],
    }),
    answerHeaders: () => ({
      ...(reply.getHeaders() as Record<string, string>),
      ...(request.server.health.draining ? { connection: 'close' } : {}),
    }),
    // A browser must not take an answer for another type, nor a cache give one person's answer to another.
    answerDefaults: { 'x-content-type-options': 'nosniff', ...(access ? { 'cache-control': 'private, no-cache' } : {}) },
    dropFromAnswer: (name) => name === 'set-cookie' && target.name !== 'auth',
    stallMs: context.stallMs,
    onAnswer: (endStream) => {
      reply.hijack();
      // It may have changed the name and the roles that the access token tells; or the token's key was dropped before its time.
      const mayHaveChanged = target.name === 'auth' && !SAFE.has(method) && reply.raw.statusCode < 400;
      if (access && (mayHaveChanged || reply.raw.statusCode === 401)) context.tokens.forget(access.credential);
      if (!endStream) return;
      end = performance.now();
      const owner = access?.claims.sub ?? networkOf(origin.address);
      reply.raw.once('close', context.streams.add({ owner, claims: access?.claims, end: endStream }));
    },
  });
  await exchange.run();
  reply.hijack(); // also when the client went away before the answer
}

/** The gateway's time limit or the client's, whichever is nearer; it goes along with the request. */
function deadlineOf({ raw, context }: FastifyRequest, mostMs: number): { timeoutMs: number; timeoutCounts: boolean } {
  const now = performance.now();
  if (context.deadline < now + mostMs) return { timeoutMs: Math.max(1, context.deadline - now), timeoutCounts: false };
  const length = Number(raw.headers['content-length'] ?? 0);
  if (!hasBody(raw) || (length > 0 && length <= QUICK_BYTES)) context.deadline = now + mostMs;
  return { timeoutMs: mostMs, timeoutCounts: true };
}

/** 499 as nginx has it: the client went away before it was answered. */
const statusOf = ({ headersSent, statusCode }: FastifyReply['raw']) => (headersSent ? statusCode : 499);

function refuseUnsupported(request: FastifyRequest, isStatus: boolean): void {
  const { method, raw } = request;
  const reads = method === 'GET' || method === 'HEAD';
  if (isStatus && !reads) throw problems.method_not_allowed({ headers: { allow: 'GET, HEAD' } });
  if (!METHODS.has(method)) throw problems.method_not_allowed({ headers: { allow: [...METHODS].join(', ') } });
  // RFC 9110, 9.3.1: content in a GET means nothing, and has served request smuggling.
  if (reads && hasBody(raw)) throw problems.malformed_request('GET and HEAD have no body');
  // RFC 9110, 7.8: an offer of HTTP/2 may be ignored; whoever asks for WebSocket wants nothing else.
  if (raw.headers.upgrade !== undefined && raw.headers.upgrade !== 'h2c') throw gatewayProblems.upgrade_refused();
}

async function authenticate(
  { raw }: FastifyRequest,
  address: string,
  cookie: string | undefined,
  ownsCookie: boolean,
  { tokens }: ProxyContext,
): Promise<(AccessToken & { credential: Credential }) | undefined> {
  if (ownsCookie && cookie) tokens.forget({ kind: 'session', value: cookie });
  try {
    const credential = bearerCredential(raw.headers) ?? (cookie && !ownsCookie ? sessionCredential(cookie) : undefined);
    return credential && { ...(await tokens.resolve(credential, address)), credential };
  } catch (error) {
    if (ownsCookie) return undefined;
    throw error;
  }
}
