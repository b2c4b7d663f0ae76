import { Account, AccountPatch } from '@taskflow/contracts/auth';
import { etag, ifMatchVersion, stale } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction, violates } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import { loadAccount, toAccount } from '../access-token.ts';
import { audit } from '../audit.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { authProblems } from '../problems.ts';
import { responses, signedIn } from '../responses.ts';

/** Name and handle travel in access tokens; those in use carry the old ones until they expire. */
export function updateMe(app: Server, { sql }: Context): void {
  app.patch(
    '/auth/me',
    {
      schema: {
        operationId: 'updateMe',
        summary: 'Change your name or handle',
        tags: ['account'],
        security: signedIn,
        body: AccountPatch,
        response: responses({ 200: Account }, 400, 401, 403, 409, 412, 413, 415, 428, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'account.update');
      const version = ifMatchVersion(request);
      const { userId } = request.identity;
      const { name = null, handle = null } = request.body;
      const account = await transaction(sql, async (tx) => {
        await lockOrder(tx, userId);
        const { count } = await tx`
          update users set name = coalesce(${name}, name), handle = coalesce(${handle}, handle), version = version + 1
          where id = ${userId} and version = ${version}`;
        const current = (await loadAccount(tx, userId))!;
        if (count === 0) throw stale(toAccount(current));
        const fields = Object.keys(request.body).join(' ');
        await audit(tx, request, { action: 'account.updated', actorId: userId, subject: `user:${userId}`, details: { fields } });
        return current;
      }).catch((error) => {
        throw violates(error, 'users_handle_key') ? authProblems.handle_taken() : error;
      });
      reply.header('etag', etag(account.version));
      return toAccount(account);
    },
  );
}
