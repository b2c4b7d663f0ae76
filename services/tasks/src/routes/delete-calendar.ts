import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { refusals, security } from '../responses.ts';

export function deleteCalendar(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/calendar',
    {
      schema: {
        operationId: 'deleteCalendar',
        summary: 'Revoke the address of the calendar',
        tags: ['calendar'],
        security,
        response: { 204: Type.Null(), ...refusals(403) },
      },
    },
    async ({ identity }, reply) => {
      await sql`delete from calendar_tokens where user_id = ${identity.userId}`;
      return reply.code(204).send(null);
    },
  );
}
