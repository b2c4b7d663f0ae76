import { IdParams } from '@taskflow/contracts/primitives';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { audit } from '../audit.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { Nothing, responses, signedIn } from '../responses.ts';
import { revokeSessions } from '../revocations.ts';
import { endSessions as endSessionsOf } from '../sessions.ts';

/** One session, or all but the one that asks ("sign out everywhere else"). */
export function endSessions(app: Server, { sql }: Context): void {
  app.delete(
    '/auth/sessions/:id',
    {
      schema: {
        operationId: 'endSession',
        summary: 'Sign out one session of yours',
        tags: ['session'],
        security: signedIn,
        params: IdParams,
        response: responses({ 204: Nothing }, 400, 401, 403, 404, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'sessions.end');
      const { userId } = request.identity;
      const { id } = request.params;
      await transaction(sql, async (tx) => {
        const { count } = await tx`delete from sessions where id = ${id} and user_id = ${userId}`;
        if (count === 0) throw problems.not_found();
        await revokeSessions(tx, [id]);
        await audit(tx, request, { action: 'session.ended', actorId: userId, subject: `session:${id}` });
      });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/auth/sessions',
    {
      schema: {
        operationId: 'endOtherSessions',
        summary: 'Sign out everywhere else',
        tags: ['session'],
        security: signedIn,
        response: responses({ 204: Nothing }, 401, 403, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'sessions.end');
      const { userId, sessionId } = request.identity;
      await transaction(sql, async (tx) => {
        const ended = await endSessionsOf(tx, userId, sessionId);
        await audit(tx, request, {
          action: 'sessions.ended',
          actorId: userId,
          subject: `user:${userId}`,
          details: { count: ended.length },
        });
      });
      return reply.code(204).send(null);
    },
  );
}
