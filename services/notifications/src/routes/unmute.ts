import { MuteParams } from '@taskflow/contracts/notifications';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { Nothing, responses, SIGNED_IN } from '../responses.ts';

export function unmute(app: Server, { sql }: Context): void {
  app.delete(
    '/notifications/mutes/:kind/:id',
    {
      schema: {
        operationId: 'unmute',
        summary: 'Hear of a task or project again; nothing happens when it was not muted',
        tags: ['preferences'],
        security: [{ bearer: [] }],
        params: MuteParams,
        response: responses({ 204: Nothing }, ...SIGNED_IN, 400),
      },
    },
    async ({ params: { kind, id }, identity: { userId } }, reply) => {
      await sql`delete from mutes where user_id = ${userId} and kind = ${kind} and subject_id = ${id}`;
      return reply.code(204).send(null);
    },
  );
}
