import { createHash } from 'node:crypto';
import { notModified } from '@taskflow/http/conditional';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sends an answer that the asking person may keep for some seconds, or 304 when it is the one they have. */
export function answerUnlessKnown<T>(request: FastifyRequest, reply: FastifyReply, answer: T): T | FastifyReply {
  const digest = createHash('sha256').update(JSON.stringify(answer)).digest('base64url').slice(0, 22);
  reply.header('cache-control', 'private, max-age=5');
  return notModified(request, reply, `W/"${digest}"`) ? reply : answer;
}
