import { Account, EmailChange } from '@taskflow/contracts/auth';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction, violates } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import { loadAccount, toAccount } from '../access-token.ts';
import { audit } from '../audit.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { confirmPassword } from '../present-password.ts';
import { authProblems } from '../problems.ts';
import { responses, signedIn } from '../responses.ts';
import { empty, presentPassword } from '../throttle.ts';

/** What one signs in with, and where mail goes. Whoever is signed in can learn here that an address is taken, a few times an hour. */
export function changeEmail(app: Server, { sql }: Context): void {
  app.post(
    '/auth/email',
    {
      config: { idempotency: 'off' },
      schema: {
        operationId: 'changeEmail',
        summary: 'Change your e-mail address',
        tags: ['account'],
        security: signedIn,
        body: EmailChange,
        response: responses({ 200: Account }, 400, 401, 403, 409, 413, 415, 429, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'email.change');
      const { userId } = request.identity;
      const { currentPassword, email } = request.body;
      const { passwordHash } = await confirmPassword(sql, request, currentPassword, 'email.changed');
      const account = await transaction(sql, async (tx) => {
        await lockOrder(tx, userId);
        const { count } = await tx`
          update users set email = ${email}, version = version + 1 where id = ${userId} and password_hash = ${passwordHash}`;
        if (count === 0) throw authProblems.wrong_password();
        await tx`delete from password_resets where user_id = ${userId}`;
        await empty(tx, presentPassword, userId);
        await audit(tx, request, { action: 'email.changed', actorId: userId, subject: `user:${userId}` });
        return (await loadAccount(tx, userId))!;
      }).catch((error) => {
        throw violates(error, 'users_email_key') ? authProblems.email_taken() : error;
      });
      reply.header('etag', etag(account.version));
      return toAccount(account);
    },
  );
}
