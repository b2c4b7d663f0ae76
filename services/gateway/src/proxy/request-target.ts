import { gatewayProblems } from '../problems.ts';

/** pchar of RFC 3986, 3.3 */
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
const QUERY = /^[\x21\x22\x24-\x7e]*$/;
/** A dot segment, also with the path parameters that some servers cut off (`/..;x/`). */
const DOT_SEGMENT = /\/\.{1,2}(?:;[^/]*)?(?:\/|$)/;
/** Bytes that must not stand encoded in a path: controls, `%` `/` `\`, and the unreserved characters of RFC 3986. */
const ENCODED = /%(?:[01][0-9a-f]|25|2d|2e|2f|3[0-9]|4[1-9a-f]|5[0-9ac]|5f|6[1-9a-f]|7[0-9a]|7e|7f)/i;

/**
 * Path and query of a request target that has one spelling only, so that no two hops can read it differently: no other form than
 * the origin form (RFC 9112, 3.2.1), no empty or dot segments, nothing encoded that need not be, nothing that decodes to a separator.
 * @throws Problem 400
 */
export function parseTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark);
  if (!path.startsWith('/')) throw gatewayProblems.bad_target('Only the origin form of a request target is accepted');
  if (!PATH.test(path) || !QUERY.test(query)) throw gatewayProblems.bad_target('The request target has characters that must be encoded');
  if (path.includes('//') || DOT_SEGMENT.test(path)) throw gatewayProblems.bad_target('The path has empty or dot segments');
  if (ENCODED.test(path)) throw gatewayProblems.bad_target('The path encodes characters that must not be encoded');
  try {
    decodeURIComponent(path);
  } catch (error) {
    throw gatewayProblems.bad_target({ detail: 'The path is not UTF-8', cause: error });
  }
  return { path, query };
}
