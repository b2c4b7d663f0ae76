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

export function deleteToken(app: Server, { sql }: Context): void {
  app.delete(
    '/auth/tokens/:id',
    {
      schema: {
        operationId: 'deleteToken',
        summary: 'Delete an API token of yours; it stops working everywhere',
        tags: ['tokens'],
        security: signedIn,
        params: IdParams,
        response: responses({ 204: Nothing }, 400, 401, 403, 404, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'tokens.delete');
      const { userId } = request.identity;
      const { id } = request.params;
      await transaction(sql, async (tx) => {
        const { count } = await tx`delete from api_tokens where id = ${id} and user_id = ${userId}`;
        if (count === 0) throw problems.not_found();
        await revokeSessions(tx, [id]);
        await audit(tx, request, { action: 'api-token.deleted', actorId: userId, subject: `api-token:${id}` });
      });
      return reply.code(204).send(null);
    },
  );
}
