import { contextHeaders, type RequestContext } from '@taskflow/http/context';
import type { Origin } from './client-address.ts';

/** Meant for the next hop only: RFC 9110, 7.6.1, and what older software sends. */
const HOP_BY_HOP = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What the gateway says itself, or what would let a client speak for a proxy. */
const NEVER_FORWARDED =
  /^(?:authorization|cookie|host|expect|content-length|traceparent|forwarded|via|x-forwarded-.*|x-original-.*|x-rewrite-.*|x-http-method.*|x-real-ip|x-client-ip|true-client-ip|x-request-id|x-timeout-ms|.*_.*)$/;

export interface RequestFields {
  context: RequestContext;
  origin: Origin;
  /** in place of whatever the client authenticated itself with */
  accessToken: string | undefined;
  cookie: string | undefined;
  contentLength: string | undefined;
}

/** @returns name and value in turn, as undici takes them */
export function requestHeaders(rawHeaders: string[], { context, origin, accessToken, cookie, contentLength }: RequestFields): string[] {
  const headers = endToEnd(rawHeaders, (name) => NEVER_FORWARDED.test(name));
  const { address, protocol, host } = origin;
  headers.push('x-forwarded-for', address, 'x-forwarded-proto', protocol, 'via', '1.1 taskflow-gateway');
  headers.push('forwarded', `for=${address.includes(':') ? `"[${address}]"` : address};proto=${protocol}${host ? `;host="${host}"` : ''}`);
  if (host) headers.push('x-forwarded-host', host);
  if (accessToken) headers.push('authorization', `Bearer ${accessToken}`);
  if (cookie) headers.push('cookie', cookie);
  if (contentLength !== undefined) headers.push('content-length', contentLength);
  for (const [name, value] of Object.entries(contextHeaders(context))) headers.push(name, value);
  return headers;
}

/** Fields without those for one hop only, also those that Connection names. */
export function endToEnd(rawHeaders: string[], drop: (name: string) => boolean): string[] {
  const named = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() === 'connection')
      for (const name of rawHeaders[i + 1]!.split(',')) named.add(name.trim().toLowerCase());
  }
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (!HOP_BY_HOP.has(name) && !named.has(name) && !drop(name)) kept.push(name, rawHeaders[i + 1]!);
  }
  return kept;
}
