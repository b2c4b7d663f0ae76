import { SessionList } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import type { Static } from 'typebox';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { responses, signedIn } from '../responses.ts';

export function listSessions(app: Server, { sql, settings }: Context): void {
  app.get(
    '/auth/sessions',
    {
      schema: {
        operationId: 'listSessions',
        summary: 'Where you are signed in, last used first',
        tags: ['session'],
        security: signedIn,
        response: responses({ 200: SessionList }, 401, 403, 503),
      },
    },
    async (request) => {
      authorise(caller(request), 'sessions.read');
      const { userId, sessionId } = request.identity;
      const items = await sql<Static<typeof SessionList>['items']>`
        select id, id = ${sessionId} as current, address, user_agent as "userAgent", created_at as "createdAt",
               last_used_at as "lastUsedAt",
               least(expires_at, last_used_at + make_interval(secs => ${settings.SESSION_IDLE_HOURS * 3600})) as "expiresAt"
        from sessions
        where user_id = ${userId} and expires_at > now()
          and last_used_at > now() - make_interval(secs => ${settings.SESSION_IDLE_HOURS * 3600})
        order by last_used_at desc, id`;
      return { items };
    },
  );
}
