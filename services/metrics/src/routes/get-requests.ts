import { RequestsAnswer, RequestsQuery } from '@taskflow/contracts/metrics';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { maySeeRequests } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { problems, refusals } from '../problems.ts';

const SECONDS = { minute: 60, hour: 3600, day: 86_400 } as const;
type Resolution = keyof typeof SECONDS;
const MOST_PERIODS = 300;
/** even when a resolution is asked for */
const LIMIT_PERIODS = 1500;

interface Row {
  start: Date;
  target: string;
  status_class: number;
  requests: number;
  sum_ms: number;
  max_ms: number;
}

/** Requests by target and status class. */
export function getRequests(app: Server, { sql }: Context): void {
  app.get(
    '/metrics/requests',
    {
      schema: {
        operationId: 'getRequests',
        summary: 'Requests to the services, for administrators of the installation',
        tags: ['availability'],
        security: [{ bearer: [] }],
        querystring: RequestsQuery,
        response: { 200: RequestsAnswer, ...refusals(400, 401, 403, 422) },
      },
    },
    async (request, reply) => {
      if (!maySeeRequests(request.identity)) throw common.forbidden('Only administrators of the installation see request statistics');
      const { target, to: end = new Date().toISOString() } = request.query;
      const { from: begin = new Date(Date.parse(end) - 3_600_000).toISOString() } = request.query;
      const seconds = (Date.parse(end) - Date.parse(begin)) / 1000;
      if (seconds <= 0) throw problems.impossible_period('from does not lie before to');
      const resolution = request.query.resolution ?? finest(seconds);
      if (seconds / SECONDS[resolution] > LIMIT_PERIODS)
        throw problems.impossible_period(`It has more than ${LIMIT_PERIODS} periods of this resolution`);
      const length = SECONDS[resolution] * 1000;
      const from = Math.floor(Date.parse(begin) / length) * length;
      const to = Math.ceil(Date.parse(end) / length) * length;
      const rows = await sql<Row[]>`
        select start, target, status_class, requests::float8, sum_ms, max_ms
        from request_counts
        where resolution = ${resolution} and start >= ${new Date(from)} and start < ${new Date(to)}
          and ${target === undefined ? sql`true` : sql`target = ${target}`}
        order by start, target, status_class`;
      reply.header('cache-control', 'private, max-age=5');
      // the rate of a period that has only begun is that of its part so far
      const elapsed = (start: number, stop: number) => Math.max(1, (Math.min(stop, Math.max(Date.now(), start + 1000)) - start) / 1000);
      const figures = (some: Row[], duration: number) => {
        const requests = some.reduce((sum, row) => sum + row.requests, 0);
        const total = some.reduce((sum, row) => sum + row.sum_ms, 0);
        return {
          requests,
          perSecond: requests / duration,
          latencyMs:
            requests === 0 ? { mean: null, max: null } : { mean: total / requests, max: Math.max(...some.map(({ max_ms }) => max_ms)) },
        };
      };
      const targets = [...Map.groupBy(rows, (row) => row.target)].sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        resolution,
        targets: targets.map(([name, own]) => ({
          target: name,
          ...figures(own, elapsed(from, to)),
          errorRatio: errorRatio(own),
          statuses: [...Map.groupBy(own, (row) => row.status_class)]
            .sort(([a], [b]) => a - b)
            .map(([status, some]) => ({ class: `${status}xx`, ...figures(some, elapsed(from, to)) })),
          periods: [...Map.groupBy(own, (row) => row.start.getTime())].map(([start, some]) => ({
            start: new Date(start).toISOString(),
            ...figures(some, elapsed(start, start + length)),
            errorRatio: errorRatio(some),
          })),
        })),
      };
    },
  );
}

const finest = (seconds: number): Resolution =>
  (Object.keys(SECONDS) as Resolution[]).find((resolution) => seconds / SECONDS[resolution] <= MOST_PERIODS) ?? 'day';

function errorRatio(rows: Row[]): number {
  const count = (some: Row[]) => some.reduce((sum, row) => sum + row.requests, 0);
  return count(rows.filter(({ status_class }) => status_class === 5)) / count(rows);
}
