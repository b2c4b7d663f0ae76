import { PasswordReset } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import { audit } from '../audit.ts';
import { clientAddress, network } from '../client-address.ts';
import type { Context } from '../context.ts';
import { digest } from '../opaque.ts';
import { assertGoodPassword } from '../password-policy.ts';
import { hashPassword } from '../passwords.ts';
import { authProblems } from '../problems.ts';
import { Nothing, responses } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';
import { endSessions } from '../sessions.ts';
import * as throttle from '../throttle.ts';

/** Uses up a link that an administrator made. All sessions end; the person signs in with the new password. */
export function resetPassword(app: Server, { sql }: Context): void {
  app.post(
    '/auth/password/reset',
    {
      schema: {
        operationId: 'resetPassword',
        summary: "Set a new password with an administrator's link",
        tags: ['account'],
        body: PasswordReset,
        response: responses({ 204: Nothing }, 400, 404, 413, 415, 422, 429, 503),
      },
    },
    async (request, reply) => {
      const { token, newPassword } = request.body;
      await throttle.take(sql, throttle.links, network(clientAddress(request)));
      const [owner] = await sql<Array<{ id: string; email: string; name: string }>>`
        select u.id, u.email, u.name from password_resets r join users u on u.id = r.user_id
        where r.token_hash = ${digest(token)} and r.expires_at > now()`;
      if (!owner) throw authProblems.reset_invalid();
      assertGoodPassword(newPassword, owner, 'newPassword');
      const passwordHash = await hashPassword(newPassword);
      await transaction(sql, async (tx) => {
        await lockOrder(tx, owner.id);
        const { count } = await tx`delete from password_resets where token_hash = ${digest(token)} and expires_at > now()`;
        if (count === 0) throw authProblems.reset_invalid();
        await tx`update users set password_hash = ${passwordHash} where id = ${owner.id}`;
        await tx`delete from password_resets where user_id = ${owner.id}`;
        await endSessions(tx, owner.id);
        await revokeAccessTokens(tx, [owner.id]);
        await audit(tx, request, { action: 'password.reset', actorId: owner.id, subject: `user:${owner.id}` });
      });
      return reply.code(204).send(null);
    },
  );
}
