import { gatewayProblems } from '../problems.ts';

/** pchar of RFC 3986, 3.3 */
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
const QUERY = /^[\x21\x22\x24-\x7e]*$/;
/** A dot segment, also with the path parameters that some servers cut off (`/..;x/`). */
const DOT_SEGMENT = /\/\.{1,2}(?:;[^/]*)?(?:\/|$)/;
/** Bytes that must not stand encoded in a path: controls, `%` `/` `\`, and the unreserved characters of RFC 3986. */
const ENCODED = /%(?:[01][0-9a-f]|25|2d|2e|2f|3[0-9]|4[1-9a-f]|5[0-9ac]|5f|6[1-9a-f]|7[0-9a]|7e|7f)/i;

/**
 * Refuses every request target that has more than one spelling or reading, so that no two hops can differ: other forms than the
 * origin form (RFC 9112, 3.2.1), empty and dot segments, what is encoded and need not be, what decodes to a separator.
 * @throws Problem 400
 */
export function checkTarget(target: string): void {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (!path.startsWith('/')) throw gatewayProblems.bad_target('Only the origin form of a request target is accepted');
  if (!PATH.test(path) || (mark >= 0 && !QUERY.test(target.slice(mark)))) {
    throw gatewayProblems.bad_target('The request target has characters that must be encoded');
  }
  if (path.includes('//') || DOT_SEGMENT.test(path)) throw gatewayProblems.bad_target('The path has empty or dot segments');
  if (ENCODED.test(path)) throw gatewayProblems.bad_target('The path encodes characters that must not be encoded');
  try {
    decodeURIComponent(path);
  } catch (error) {
    throw gatewayProblems.bad_target({ detail: 'The path is not UTF-8', cause: error });
  }
}

/** RFC 9112, 3.2: one Host, no more; node sees to it that there is one. */
export function checkHost(rawHeaders: string[]): void {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1) throw gatewayProblems.bad_target('There is more than one Host');
}
