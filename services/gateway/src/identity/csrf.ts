import type { IncomingHttpHeaders } from 'node:http';
import { gatewayProblems } from '../problems.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site makes a browser send with its cookie, or to sign it in to an account of the attacker's (login CSRF). Fetch metadata
 * decide where the browser sends them, else Origin. Reading across sites is refused too, save following a link
 * (https://www.w3.org/TR/fetch-metadata/, "resource isolation policy").
 * @throws Problem 403
 */
export function refuseCrossSite(method: string, headers: IncomingHttpHeaders, publicOrigin: string, withCookie: boolean): void {
  const site = headers['sec-fetch-site'];
  const safe = SAFE.has(method);
  if (site !== undefined) {
    const linked = safe && headers['sec-fetch-mode'] === 'navigate';
    if (site === 'same-origin' || site === 'none' || linked) return;
  } else if (headers.origin !== undefined) {
    if (safe || headers.origin === publicOrigin) return;
  } else if (safe || !withCookie) return;
  throw gatewayProblems.csrf_refused();
}
