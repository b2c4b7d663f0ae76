import { notModified } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';

/** The key set (RFC 7517). A new key is published five minutes before it signs, well over this max-age. */
export function getKeys(app: Server, { keys }: Context): void {
  app.get(
    '/auth/.well-known/jwks.json',
    {
      schema: {
        operationId: 'getKeys',
        summary: 'Public keys that verify access tokens',
        tags: ['session'],
        response: {
          200: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.String())) }),
          304: Type.Null({ description: 'the client has this version' }),
        },
      },
    },
    async (request, reply) => {
      const { body, tag } = keys.published;
      reply.header('cache-control', 'public, max-age=60, stale-if-error=3600');
      if (notModified(request, reply, tag)) return reply;
      return reply
        .type('application/json')
        .serializer((text: unknown) => text as string)
        .send(body as never);
    },
  );
}
