import { Refresh, SignedIn } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { loadAccount } from '../access-token.ts';
import { audit } from '../audit.ts';
import { clientAddress } from '../client-address.ts';
import type { Context } from '../context.ts';
import { digest, newSecret } from '../opaque.ts';
import { authProblems } from '../problems.ts';
import { responses } from '../responses.ts';
import { revokeSessions } from '../revocations.ts';
import { sessionCookie, signedIn } from '../sessions.ts';

/**
 * A new access token, for a refresh token or the session cookie. A refresh token is good for one use and replaced by the
 * next; a second use means that two parties have it, so the whole session ends (RFC 9700, 4.14.2).
 */
export function refresh(app: Server, context: Context): void {
  const { sql, settings } = context;
  const live = sql`
    s.expires_at > now() and s.last_used_at > now() - make_interval(secs => ${settings.SESSION_IDLE_HOURS * 3600})
    and exists (select from users u where u.id = s.user_id and u.disabled_at is null)`;

  app.post(
    '/auth/refresh',
    {
      schema: {
        operationId: 'refresh',
        summary: 'A new access token, for a refresh token or the session cookie',
        tags: ['session'],
        body: Refresh,
        response: responses({ 200: SignedIn }, 400, 401, 413, 415, 503),
      },
      preValidation: async (request) => {
        request.body ??= {}; // clients with a cookie send none
      },
    },
    async (request, reply) => {
      const cookie = sessionCookie(request, settings);
      const given = request.body.refreshToken;
      const next = given === undefined ? undefined : newSecret();
      const session = await transaction(sql, async (tx) => {
        if (next === undefined) {
          const [found] = await tx<Array<{ id: string; userId: string }>>`
            update sessions s set last_used_at = now(), address = ${clientAddress(request)}
            where s.token_hash = ${digest(cookie ?? '')} and ${live}
            returning s.id, s.user_id as "userId"`;
          return found;
        }
        const [used] = await tx<Array<{ id: string; userId: string; live: boolean; reused: boolean }>>`
          select s.id, s.user_id as "userId", r.used_at is not null as reused, ${live} as live
          from refresh_tokens r join sessions s on s.id = r.session_id
          where r.token_hash = ${digest(given!)}
          for update of r, s`;
        if (!used?.live) return undefined;
        const { id, userId } = used;
        if (used.reused) {
          await tx`delete from sessions where id = ${id}`;
          await revokeSessions(tx, [id]);
          await audit(tx, request, { action: 'refresh-token.reused', outcome: 'failure', subject: `session:${id}`, details: { userId } });
          return undefined;
        }
        await tx`update refresh_tokens set used_at = now() where token_hash = ${digest(given!)}`;
        await tx`insert into refresh_tokens (token_hash, session_id) values (${digest(next)}, ${id})`;
        await tx`update sessions set last_used_at = now(), address = ${clientAddress(request)} where id = ${id}`;
        return used;
      });
      const account = session && (await loadAccount(sql, session.userId));
      if (!account) throw authProblems.session_ended();
      const bearer = next === undefined ? 'cookie' : 'refresh-token';
      return signedIn(reply, context, { id: session.id, secret: next ?? cookie!, bearer }, account);
    },
  );
}
