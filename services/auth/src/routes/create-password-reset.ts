import { PasswordResetLink } from '@taskflow/contracts/auth';
import { IdParams } from '@taskflow/contracts/primitives';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import { audit } from '../audit.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { digest, newSecret } from '../opaque.ts';
import { responses, signedIn } from '../responses.ts';

const HOURS = 24;

/** For a person who lost the password. A new link makes earlier ones void. */
export function createPasswordReset(app: Server, { sql, settings }: Context): void {
  app.post(
    '/auth/accounts/:id/password-reset',
    {
      config: { idempotency: 'off' },
      schema: {
        operationId: 'createPasswordReset',
        summary: 'A link, shown only now, with which the person sets a new password',
        tags: ['administration'],
        security: signedIn,
        params: IdParams,
        response: responses({ 201: PasswordResetLink }, 400, 401, 403, 404, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'accounts.manage');
      const { id } = request.params;
      const actorId = request.identity.userId;
      const token = newSecret();
      const expiresAt = await transaction(sql, async (tx) => {
        await lockOrder(tx, id);
        await tx`delete from password_resets where user_id = ${id}`;
        const [reset] = await tx<Array<{ expiresAt: string }>>`
          insert into password_resets (token_hash, user_id, created_by, expires_at)
          select ${digest(token)}, id, ${actorId}, now() + make_interval(hours => ${HOURS}) from users where id = ${id}
          returning expires_at as "expiresAt"`;
        if (!reset) throw problems.not_found();
        await audit(tx, request, { action: 'password-reset.created', actorId, subject: `user:${id}` });
        return reset.expiresAt;
      });
      reply.code(201).header('cache-control', 'no-store');
      return { token, url: new URL(`/password-reset#${token}`, settings.PUBLIC_URL).href, expiresAt };
    },
  );
}
