import { Refresh } from '@taskflow/contracts/auth';
import { bearerToken } from '@taskflow/http/identity';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { createAuthenticator } from '../identity.ts';
import { digest } from '../opaque.ts';
import { Nothing, responses } from '../responses.ts';
import { revokeSessions } from '../revocations.ts';
import { clearSessionCookie, sessionCookie } from '../sessions.ts';

/** Ends the session of the cookie, refresh token or access token. Signing out twice is no error. */
export function logout(app: Server, context: Context): void {
  const { sql, settings } = context;
  const authenticate = createAuthenticator(context);
  app.post(
    '/auth/logout',
    {
      schema: {
        operationId: 'logout',
        summary: 'Sign out',
        tags: ['session'],
        body: Refresh,
        response: responses({ 204: Nothing }, 400, 413, 415, 503),
      },
      preValidation: async (request) => {
        request.body ??= {}; // clients with a cookie send none
      },
    },
    async (request, reply) => {
      const token = bearerToken(request);
      const caller = token === undefined ? undefined : await authenticate(token).catch(() => undefined);
      const cookie = digest(sessionCookie(request, settings) ?? '');
      const refreshToken = digest(request.body.refreshToken ?? '');
      await transaction(sql, async (tx) => {
        const ended = await tx<Array<{ id: string; userId: string }>>`
          delete from sessions
          where id = ${caller?.sessionId ?? null}::uuid or token_hash = ${cookie}
             or id = (select session_id from refresh_tokens where token_hash = ${refreshToken})
          returning id, user_id as "userId"`;
        await revokeSessions(
          tx,
          ended.map(({ id }) => id),
        );
        for (const { id, userId } of ended)
          await audit(tx, request, { action: 'session.ended', actorId: userId, subject: `session:${id}` });
      });
      clearSessionCookie(reply, settings);
      return reply.code(204).send(null);
    },
  );
}
