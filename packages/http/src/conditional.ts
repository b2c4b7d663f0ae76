import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Problem, problems } from './problem.ts';

const VERSION_TAG = /^"(\d{1,15})"$/;
/** The most that PostgreSQL's integer holds. No state has it, so a tag beyond fits none either. */
const MOST_VERSION = 2 ** 31 - 1;

/** A strong entity tag (RFC 9110, 8.8.3) of a version number. */
export const etag = (version: number | string): string => `"${version}"`;

/**
 * The version the client has seen.
 * @throws Problem 428 without If-Match, 400 when it is no entity tag of this API
 */
export function ifMatchVersion(request: FastifyRequest): number {
  const header = request.headers['if-match'];
  if (!header) throw problems.precondition_required();
  const version = VERSION_TAG.exec(header)?.[1];
  if (version === undefined) throw problems.malformed_request(`If-Match is ${header}: expected one entity tag such as "3"`);
  return Math.min(Number(version), MOST_VERSION);
}

/** 412 with the current representation and its entity tag, so that the client can merge. */
export function stale(current: { version: number }): Problem {
  return problems.precondition_failed({ headers: { etag: etag(current.version) }, members: { current } });
}

/** Answers 304 when the client already has this version. */
export function notModified(request: FastifyRequest, reply: FastifyReply, tag: string): boolean {
  reply.header('etag', tag);
  const known = request.headers['if-none-match'];
  if (known?.split(/\s*,\s*/).some((candidate) => candidate.replace(/^W\//, '') === tag.replace(/^W\//, ''))) {
    reply.code(304).send();
    return true;
  }
  return false;
}
