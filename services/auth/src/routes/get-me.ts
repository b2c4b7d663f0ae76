import { Account } from '@taskflow/contracts/auth';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { loadAccount, toAccount } from '../access-token.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { responses, signedIn } from '../responses.ts';

export function getMe(app: Server, { sql }: Context): void {
  app.get(
    '/auth/me',
    {
      schema: {
        operationId: 'getMe',
        summary: 'The account that is signed in, and its workspaces',
        tags: ['account'],
        security: signedIn,
        response: responses({ 200: Account }, 401, 403, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'account.read');
      const account = (await loadAccount(sql, request.identity.userId))!;
      reply.header('etag', etag(account.version)).header('cache-control', 'no-store');
      return toAccount(account);
    },
  );
}
