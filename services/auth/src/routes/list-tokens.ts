import { ApiTokenList } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import type { Static } from 'typebox';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { responses, signedIn } from '../responses.ts';

export function listTokens(app: Server, { sql }: Context): void {
  app.get(
    '/auth/tokens',
    {
      schema: {
        operationId: 'listTokens',
        summary: 'Your API tokens, newest first',
        tags: ['tokens'],
        security: signedIn,
        response: responses({ 200: ApiTokenList }, 401, 403, 503),
      },
    },
    async (request) => {
      authorise(caller(request), 'tokens.read');
      const items = await sql<Static<typeof ApiTokenList>['items']>`
        select id, name, hint, scopes, created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt",
               last_used_address as "lastUsedAddress"
        from api_tokens where user_id = ${request.identity.userId}
        order by id desc`;
      return { items };
    },
  );
}
