import { AccessToken, PasswordChange } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import { issueAccessToken, loadAccount } from '../access-token.ts';
import { audit } from '../audit.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { assertGoodPassword } from '../password-policy.ts';
import { hashPassword } from '../passwords.ts';
import { confirmPassword } from '../present-password.ts';
import { authProblems } from '../problems.ts';
import { responses, signedIn } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';
import { endSessions } from '../sessions.ts';
import { empty, presentPassword } from '../throttle.ts';

/** Ends every other session and all access tokens; the answer has the next one for this session. */
export function changePassword(app: Server, { sql, keys }: Context): void {
  app.post(
    '/auth/password',
    {
      config: { idempotency: 'off' },
      schema: {
        operationId: 'changePassword',
        summary: 'Change your password; you are signed out everywhere else',
        tags: ['account'],
        security: signedIn,
        body: PasswordChange,
        response: responses({ 200: AccessToken }, 400, 401, 403, 413, 415, 422, 429, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'password.change');
      const { userId, sessionId } = request.identity;
      const { currentPassword, newPassword } = request.body;
      const user = await confirmPassword(sql, request, currentPassword, 'password.changed');
      assertGoodPassword(newPassword, user, 'newPassword');
      const passwordHash = await hashPassword(newPassword);
      const account = await transaction(sql, async (tx) => {
        await lockOrder(tx, userId);
        const { count } = await tx`
          update users set password_hash = ${passwordHash} where id = ${userId} and password_hash = ${user.passwordHash}`;
        if (count === 0) throw authProblems.wrong_password();
        await endSessions(tx, userId, sessionId);
        await tx`delete from password_resets where user_id = ${userId}`;
        await revokeAccessTokens(tx, [userId]);
        await empty(tx, presentPassword, userId);
        await audit(tx, request, { action: 'password.changed', actorId: userId, subject: `user:${userId}` });
        return (await loadAccount(tx, userId))!;
      });
      reply.header('cache-control', 'no-store');
      return issueAccessToken(keys, account, sessionId);
    },
  );
}
