import { createHash } from 'node:crypto';
import { type AccessTokenClaims, AUDIENCE, ISSUER, type Scope, type WorkspaceRole } from '@taskflow/contracts/identity';
import type { FastifyRequest } from 'fastify';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { problems } from './problem.ts';
import type { Secret } from './secret.ts';
import type { Server } from './server.ts';

/** Who is asking, as a verified access token says. */
export interface Identity {
  userId: string;
  sessionId: string;
  name: string;
  handle: string;
  /** administers this installation */
  admin: boolean;
  workspaces: Record<string, WorkspaceRole>;
  scopes: Scope[];
  /** when the token ends, in milliseconds since 1970: a stream must not outlive it */
  expiresAt: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on routes below `requireIdentity`. */
    identity: Identity;
  }
}

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i;

export function bearerToken(request: FastifyRequest): string | undefined {
  return BEARER.exec(request.headers.authorization ?? '')?.[1];
}

/** Tokens whose verification is remembered; at some 500 bytes each. */
const REMEMBERED = 10_000;

/**
 * Verifies access tokens (EdDSA only; issuer, audience and expiry) against auth's published keys. An unknown key id makes
 * it fetch the keys again, at most once in a few seconds, so rotated keys are picked up. A token that was found good is
 * remembered by its hash until it ends: checking a signature costs more than most requests.
 */
export function createVerifier(authUrl: string): (token: string) => Promise<Identity> {
  const keys = createRemoteJWKSet(new URL('/auth/.well-known/jwks.json', authUrl), {
    cooldownDuration: 5000,
    cacheMaxAge: 300_000,
    timeoutDuration: 3000,
  });
  const verified = new Map<string, Identity>();

  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const known = verified.get(key);
    if (known && known.expiresAt > Date.now()) return known;
    verified.delete(key);
    const { payload } = await jwtVerify<AccessTokenClaims>(token, keys, { algorithms: ['EdDSA'], issuer: ISSUER, audience: AUDIENCE });
    const { sub, sid, name, handle, admin, workspaces, scopes, exp } = payload;
    const identity = Object.freeze({ userId: sub, sessionId: sid, name, handle, admin, workspaces, scopes, expiresAt: exp * 1000 });
    if (verified.size >= REMEMBERED) verified.delete(verified.keys().next().value as string); // the oldest
    verified.set(key, identity);
    return identity;
  };
}

/** What is wrong with the token itself. Everything else, such as no answer from auth, says nothing about it. */
const REFUSALS = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
];

/** Whether verifying failed for what is wrong with the token, and not because the keys cannot be had. */
export const isRefusal = (error: unknown): boolean => REFUSALS.some((refusal) => error instanceof refusal);

/** All routes of this encapsulated context need a valid access token; `request.identity` is set. */
export function requireIdentity(app: Server, verify: (token: string) => Promise<Identity>): void {
  app.decorateRequest('identity');
  app.addHook('onRequest', async (request) => {
    const token = bearerToken(request);
    if (!token) throw problems.unauthenticated({ headers: { 'www-authenticate': 'Bearer' } });
    try {
      request.identity = await verify(token);
    } catch (error) {
      if (!isRefusal(error)) {
        throw problems.unavailable({ detail: 'Tokens cannot be verified at the moment', headers: { 'retry-after': '1' }, cause: error });
      }
      throw problems.unauthenticated({ headers: { 'www-authenticate': 'Bearer error="invalid_token"' }, cause: error });
    }
    const needed: Scope = ['GET', 'HEAD'].includes(request.method) ? 'read' : 'write';
    if (!request.identity.scopes.includes(needed)) throw problems.forbidden(`This API token lacks the scope "${needed}"`);
  });
}

/** All routes of this encapsulated context are for other services, which present one of the keys of the mounted secret. */
export function requireServiceKey(app: Server, key: Secret): void {
  app.addHook('onRequest', async (request) => {
    const token = bearerToken(request);
    if (!token || !key.accepts(token)) throw problems.unauthenticated({ headers: { 'www-authenticate': 'Bearer' } });
  });
}
