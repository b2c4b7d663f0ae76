import { createHash } from 'node:crypto';

/** A weak entity tag (RFC 9110, 8.8.3) of an answer that has no version: the same for the same content. */
export function contentTag(answer: object): string {
  return `W/"${createHash('sha256').update(JSON.stringify(answer)).digest('base64url').slice(0, 22)}"`;
}
