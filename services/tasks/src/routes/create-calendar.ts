import { createHash, randomBytes } from 'node:crypto';
import { CalendarAddress } from '@taskflow/contracts/feed';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { refusals, security } from '../responses.ts';

export function createCalendar(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/calendar',
    {
      config: { idempotency: 'off' }, // the answer holds a secret that is shown once
      schema: {
        operationId: 'createCalendar',
        summary: 'A new secret address of the calendar of due dates; the old one is no more',
        tags: ['calendar'],
        security,
        response: { 201: CalendarAddress, ...refusals(403) },
      },
    },
    async ({ identity }, reply) => {
      const token = randomBytes(24).toString('base64url');
      await sql`
        insert into calendar_tokens (user_id, token_hash) values (${identity.userId}, ${hashToken(token)})
        on conflict (user_id) do update set token_hash = excluded.token_hash, created_at = now()`;
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ path: `/tasks/calendar/${token}.ics` });
    },
  );
}

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();
