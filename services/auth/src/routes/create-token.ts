import { CreatedApiToken, NewApiToken } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import type { Static } from 'typebox';
import { v7 } from 'uuid';
import { audit } from '../audit.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { caller } from '../identity.ts';
import { digest, newSecret } from '../opaque.ts';
import { authProblems } from '../problems.ts';
import { responses, signedIn } from '../responses.ts';

/** Tells what it is wherever it turns up, so that scanners of repositories and logs find it. */
const PREFIX = 'tf_';
const MOST_PER_PERSON = 100;

export function createToken(app: Server, { sql }: Context): void {
  app.post(
    '/auth/tokens',
    {
      config: { idempotency: 'off' },
      schema: {
        operationId: 'createToken',
        summary: 'Make an API token; it is shown only now',
        tags: ['tokens'],
        security: signedIn,
        body: NewApiToken,
        response: responses({ 201: CreatedApiToken }, 400, 401, 403, 409, 413, 415, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'tokens.create');
      const { userId } = request.identity;
      const { name, scopes, expiresInDays = null } = request.body;
      const token = PREFIX + newSecret();
      const id = v7();
      const created = await transaction(sql, async (tx) => {
        await lockOrder(tx, userId);
        const [row] = await tx<Array<Omit<Static<typeof CreatedApiToken>, 'token'>>>`
          insert into api_tokens (id, user_id, name, token_hash, hint, scopes, expires_at)
          select ${id}, ${userId}, ${name}, ${digest(token)}, ${token.slice(-4)}, ${scopes}, now() + make_interval(days => ${expiresInDays}::int)
          where (select count(*) from api_tokens where user_id = ${userId}) < ${MOST_PER_PERSON}
          returning id, name, hint, scopes, created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt",
                    last_used_address as "lastUsedAddress"`;
        if (!row) throw authProblems.too_many(`You have ${MOST_PER_PERSON} API tokens; delete some first`);
        await audit(tx, request, {
          action: 'api-token.created',
          actorId: userId,
          subject: `api-token:${id}`,
          details: { scopes: scopes.join(' '), expiresInDays },
        });
        return row;
      });
      reply.code(201).header('cache-control', 'no-store');
      return { ...created, token };
    },
  );
}
