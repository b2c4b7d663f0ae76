import { MuteParams } from '@taskflow/contracts/notifications';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { problems } from '../problems.ts';
import { Nothing, responses, SIGNED_IN } from '../responses.ts';

/** Bounds what one person can store here; two requests at the same instant may pass it by one. */
const MOST = 1000;

/** Any id will do: whether the person may see what it names does not matter, since muting shows nothing. */
export function mute(app: Server, { sql }: Context): void {
  app.put(
    '/notifications/mutes/:kind/:id',
    {
      schema: {
        operationId: 'mute',
        summary: 'Hear nothing more of a task or project, except what calls on you directly',
        tags: ['preferences'],
        security: [{ bearer: [] }],
        params: MuteParams,
        response: responses({ 204: Nothing }, ...SIGNED_IN, 400, 422),
      },
    },
    async ({ params: { kind, id }, identity: { userId } }, reply) => {
      const [row] = await sql<Array<{ full: boolean }>>`
        with before as (select count(*) >= ${MOST} as reached, bool_or(kind = ${kind} and subject_id = ${id}) as known from mutes where user_id = ${userId}),
        added as (
          insert into mutes (user_id, kind, subject_id) select ${userId}, ${kind}, ${id} from before where not reached
          on conflict do nothing)
        select reached and known is not true as full from before`;
      if (row!.full) throw problems.too_many_mutes();
      return reply.code(204).send(null);
    },
  );
}
