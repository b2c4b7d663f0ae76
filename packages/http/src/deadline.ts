import type { FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER } from './context.ts';
import { problems } from './problem.ts';

/** Milliseconds for an answer to begin when the caller does not say how long it waits. */
const MOST_MS = 30_000;

/**
 * Answers 504 when the caller's time is up and no answer has begun, whatever the handler still waits for. A body that is
 * still arriving has its own limit (requestTimeout), so only the caller's own deadline cuts that short.
 */
export function enforceDeadline(request: FastifyRequest, reply: FastifyReply): void {
  const { deadline } = request.context;
  const { raw } = reply;
  let timer = schedule();
  raw.once('close', () => clearTimeout(timer));
  request.raw.once('end', () => {
    if (raw.headersSent) return;
    clearTimeout(timer); // a body that took long to arrive must not leave less time for the answer
    timer = schedule();
  });

  function schedule(): NodeJS.Timeout {
    return setTimeout(expire, Math.max(0, Math.min(MOST_MS, deadline - performance.now())));
  }
  function expire(): void {
    if (reply.sent || raw.headersSent) return;
    if (!request.raw.complete && performance.now() < deadline) {
      timer = schedule();
      return;
    }
    request.log.warn({ requestId: request.id, route: request.routeOptions.url }, 'deadline passed before there was an answer');
    // Past Fastify, which would take the handler's own answer too if it came at the same moment.
    reply.hijack();
    const { status, title } = problems.deadline_exceeded();
    raw.writeHead(status, title, {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      [REQUEST_ID_HEADER]: request.id,
      connection: 'close',
    });
    raw.end(JSON.stringify(problems.deadline_exceeded().document(request.id)));
  }
}
