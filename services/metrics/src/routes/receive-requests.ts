import { RequestReport } from '@taskflow/contracts/reports';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { refusals } from '../problems.ts';

const MINUTE_MS = 60_000;
/** A longer report is laid onto its last day. */
const MOST_MINUTES = 24 * 60;

/** Takes a gateway's counts. */
export function receiveRequests(app: Server, { sql }: Context): void {
  app.post(
    '/internal/requests',
    {
      schema: {
        operationId: 'receiveRequests',
        summary: 'Take the request counts of a gateway',
        tags: ['internal'],
        security: [{ serviceKey: [] }],
        body: RequestReport,
        response: { 204: Type.Null(), ...refusals(400, 401, 413, 415) },
      },
    },
    async ({ body }, reply) => {
      const rows = countMinutes(body);
      await sql.begin(async (tx) => {
        const [fresh] = await tx`insert into request_reports (id) values (${body.id}) on conflict do nothing returning id`;
        if (!fresh || rows.length === 0) return;
        // ordered, so that two reports lock the rows they share in the same order
        await tx`
          insert into request_counts as known (resolution, start, target, status_class, requests, sum_ms, max_ms)
          select resolution, date_trunc(resolution, minute, 'UTC') as start, target, status_class, sum(requests), sum(sum_ms), max(max_ms)
          from jsonb_to_recordset(${tx.json(rows as never)}) as seen
            (minute timestamptz, target text, status_class smallint, requests bigint, sum_ms float8, max_ms float8)
          cross join unnest(array['minute', 'hour', 'day']) as resolution
          group by 1, 2, 3, 4
          order by 1, 2, 3, 4
          on conflict (resolution, start, target, status_class) do update set
            requests = known.requests + excluded.requests,
            sum_ms = known.sum_ms + excluded.sum_ms,
            max_ms = greatest(known.max_ms, excluded.max_ms)`;
      });
      return reply.code(204).send(null);
    },
  );
}

/** A report may cover many minutes, as after an outage of this service: its counts are spread over them evenly. */
function countMinutes({ from, to, routes }: RequestReport) {
  const end = Math.min(Date.parse(to), Date.now());
  const begin = Math.max(Math.min(Date.parse(from), end - 1), end - MOST_MINUTES * MINUTE_MS);
  const first = Math.floor(begin / MINUTE_MS) * MINUTE_MS;
  const minutes = Math.ceil((end - first) / MINUTE_MS);
  /** share of the period that lies before the end of the minute */
  const shareBefore = (minute: number) => Math.min(1, (first + (minute + 1) * MINUTE_MS - begin) / (end - begin));
  return routes.flatMap(({ target, status, count, sumMs, maxMs }) => {
    let given = 0;
    return Array.from({ length: minutes }, (_, minute) => {
      const requests = Math.floor(count * shareBefore(minute)) - given;
      given += requests;
      return {
        minute: new Date(first + minute * MINUTE_MS).toISOString(),
        target,
        status_class: Math.floor(status / 100),
        requests,
        sum_ms: (sumMs * requests) / count,
        max_ms: maxMs,
      };
    }).filter(({ requests }) => requests > 0);
  });
}
