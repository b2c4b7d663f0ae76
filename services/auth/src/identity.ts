import { type AccessTokenClaims, AUDIENCE, ISSUER, type Scope } from '@taskflow/contracts/identity';
import type { Identity } from '@taskflow/http/identity';
import type { FastifyRequest } from 'fastify';
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { loadAccount } from './access-token.ts';
import type { Context } from './context.ts';

/** Who is asking, as the database says now; the token only says for whom to look. */
export interface Caller extends Identity {
  /** false for an API token */
  isSession: boolean;
}

export const caller = (request: FastifyRequest): Caller => request.identity as Caller;

/**
 * Verifies an access token and that it has not been revoked. Auth has the truth at hand, so here a sign-out or a role
 * change is in force at once.
 * @throws JOSEError when the token is not good
 */
export function createAuthenticator({ sql, keys }: Pick<Context, 'sql' | 'keys'>): (token: string) => Promise<Caller> {
  const findKey: JWTVerifyGetKey = (header, jws) => keys.verification(header, jws);
  return async (token) => {
    const options = { algorithms: ['EdDSA'], issuer: ISSUER, audience: AUDIENCE };
    const { payload } = await jwtVerify<AccessTokenClaims>(token, findKey, options);
    const [account, [bearer]] = await Promise.all([
      loadAccount(sql, payload.sub),
      sql<Array<{ isSession: boolean; scopes: Scope[] }>>`
        select true as "isSession", array['read', 'write', 'admin'] as scopes
        from sessions where id = ${payload.sid} and user_id = ${payload.sub} and expires_at > now()
        union all
        select false, scopes
        from api_tokens where id = ${payload.sid} and user_id = ${payload.sub} and coalesce(expires_at > now(), true)`,
    ]);
    if (!account || account.disabled || !bearer || account.securityVersion !== payload.sv) throw new errors.JWTInvalid('revoked');
    return {
      userId: account.id,
      sessionId: payload.sid,
      name: account.name,
      handle: account.handle,
      admin: account.admin && bearer.scopes.includes('admin'),
      workspaces: Object.fromEntries(account.workspaces.map(({ id, role }) => [id, role])),
      scopes: bearer.scopes,
      expiresAt: payload.exp * 1000,
      isSession: bearer.isSession,
    };
  };
}
