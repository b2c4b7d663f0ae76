import { RevocationsAnswer } from '@taskflow/contracts/identity';
import type { Server } from '@taskflow/http/server';
import { type Static, Type } from 'typebox';
import type { Context } from '../context.ts';
import { responses } from '../responses.ts';

const Query = Type.Object({
  after: Type.Optional(Type.String({ pattern: '^\\d{1,20}:\\d{1,20}:[\\d,]*$', maxLength: 8192 })),
  wait: Type.Optional(Type.Integer({ minimum: 0, maximum: 25, default: 0, description: 'seconds' })),
});

/**
 * Revocations that are new since `after`, waiting for one up to `wait` seconds. Without `after`, all that matter still.
 *
 * A position is a PostgreSQL snapshot: what it did not see is new. So no revocation is missed, in whatever order
 * transactions commit, and none has to wait for older transactions to end.
 */
export function listRevocations(app: Server, { sql, revocationSignal }: Context): void {
  const read = async (after: string | undefined): Promise<Static<typeof RevocationsAnswer>> => {
    const [answer] = await sql<Array<Static<typeof RevocationsAnswer>>>`
      select pg_current_snapshot()::text as position,
             coalesce((
               select json_agg(json_strip_nulls(json_build_object('kind', kind, 'subject', subject, 'securityVersion', security_version)))
               from revocations
               where ${after === undefined ? sql`true` : sql`not pg_visible_in_snapshot(xid, ${after}::pg_snapshot)`}
                  ${after === undefined ? sql`` : sql`or pg_snapshot_xmax(${after}::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())`}
             ), '[]') as revocations`;
    return answer!;
  };

  app.get(
    '/internal/revocations',
    { schema: { hide: true, querystring: Query, response: responses({ 200: RevocationsAnswer }, 400, 401, 503) } },
    async (request) => {
      const { after, wait = 0 } = request.query;
      const end = performance.now() + wait * 1000;
      for (;;) {
        // Listens before it looks, so that nothing committed in between is slept through.
        const signal = revocationSignal.next();
        const answer = await read(after);
        const remaining = end - performance.now();
        if (answer.revocations.length > 0 || after === undefined || remaining <= 0 || revocationSignal.closed) return answer;
        await signal.within(remaining);
      }
    },
  );
}
