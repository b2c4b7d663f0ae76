import type { IncomingHttpHeaders } from 'node:http';
import { problems } from '@taskflow/http/problem';

export interface Credential {
  kind: 'session' | 'api-token' | 'access-token';
  value: string;
}

const API_TOKEN_PREFIX = 'tf_';
/** of what auth gives out; the contract of the exchange has the same bound */
const MOST_CHARACTERS = 512;
const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i;
const COOKIE_VALUE = /^[A-Za-z0-9._~+/=-]+$/;

/** The __Host- prefix binds the cookie to this origin, and browsers take it over HTTPS only (RFC 6265bis, 4.1.3.2). */
export const cookieName = (publicUrl: string): string => (publicUrl.startsWith('https:') ? '__Host-taskflow' : 'taskflow');

/** @throws Problem 401 for an Authorization field that is no bearer credential */
export function bearerCredential({ authorization }: IncomingHttpHeaders): Credential | undefined {
  if (authorization === undefined) return undefined;
  const value = BEARER.exec(authorization)?.[1];
  if (value === undefined) throw unauthenticated();
  if (!value.startsWith(API_TOKEN_PREFIX)) return { kind: 'access-token', value };
  if (value.length > MOST_CHARACTERS) throw unauthenticated();
  return { kind: 'api-token', value };
}

/**
 * The session cookie, where there is one. Of several the first: browsers send the one with the most specific path first
 * (RFC 6265, 5.4).
 */
export function sessionCookie({ cookie }: IncomingHttpHeaders, name: string): string | undefined {
  const pair = cookie
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`));
  return pair?.slice(name.length + 1) || undefined;
}

/** Whether auth can have set it. */
export const isSessionCookie = (value: string): boolean => value.length <= MOST_CHARACTERS && COOKIE_VALUE.test(value);

/** @throws Problem 401 for a cookie that auth cannot have set */
export function sessionCredential(cookie: string): Credential {
  if (!isSessionCookie(cookie)) throw unauthenticated();
  return { kind: 'session', value: cookie };
}

export const unauthenticated = (cause?: unknown) =>
  problems.unauthenticated({ headers: { 'www-authenticate': 'Bearer error="invalid_token"' }, cause });
