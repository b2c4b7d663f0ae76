import { MuteParams } from '@taskflow/contracts/notifications';
import { ProblemDocument } from '@taskflow/contracts/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';

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
        response: { 204: Type.Null(), 400: ProblemDocument, 401: ProblemDocument, 403: ProblemDocument },
      },
    },
    async ({ params: { kind, id }, identity: { userId } }, reply) => {
      await sql`delete from mutes where user_id = ${userId} and kind = ${kind} and subject_id = ${id}`;
      return reply.code(204).send(null);
    },
  );
}
