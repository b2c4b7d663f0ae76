import { type AvailabilityPeriod, StatusAnswer, StatusQuery, type TargetState } from '@taskflow/contracts/metrics';
import { notModified } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Sql } from '@taskflow/postgres/database';
import { maySeeErrors } from '../authorisation.ts';
import { contentTag } from '../content-tag.ts';
import type { Context } from '../context.ts';
import { readLatest } from '../latest.ts';
import { refusals } from '../problems.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Trouble that comes back within this many minutes is the same incident. */
const INCIDENT_GAP_MINUTES = 5;
const MOST_INCIDENTS = 100;

/** Availability of every target now and in the past. Any signed-in person may see it; error texts only administrators. */
export function getStatus(app: Server, { sql, settings }: Context): void {
  app.get(
    '/metrics/status',
    {
      schema: {
        operationId: 'getStatus',
        summary: 'Availability of the services',
        tags: ['availability'],
        security: [{ bearer: [] }],
        querystring: StatusQuery,
        response: { 200: StatusAnswer, ...refusals(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { hours, days } = request.query;
      const withErrors = maySeeErrors(request.identity);
      const now = Date.now();
      const [latest, byHour, byDay, incidents] = await Promise.all([
        readLatest(sql, settings.STALE_SECONDS),
        readPeriods(sql, 'health_hours', 'hour', startOf(HOUR_MS, now) - (Math.max(hours, 168) - 1) * HOUR_MS),
        readPeriods(sql, 'health_days', 'day', startOf(DAY_MS, now) - (Math.max(days, 90) - 1) * DAY_MS),
        readIncidents(sql, startOf(DAY_MS, now) - (days - 1) * DAY_MS),
      ]);
      const names = [...new Set([...latest.keys(), ...byDay.keys()])].sort();
      const targets = names.map((target) => {
        const { state = 'unknown', lastSeen, latencyMs = null, error = null } = latest.get(target) ?? {};
        const ownHours = byHour.get(target) ?? new Map();
        const ownDays = byDay.get(target) ?? new Map();
        return {
          target,
          state,
          lastSeen: lastSeen?.toISOString() ?? null,
          latencyMs,
          ...(withErrors ? { error } : {}),
          uptime: {
            day: uptime(ownHours, startOf(HOUR_MS, now) - 23 * HOUR_MS),
            week: uptime(ownHours, startOf(HOUR_MS, now) - 167 * HOUR_MS),
            month: uptime(ownDays, startOf(DAY_MS, now) - 29 * DAY_MS),
            quarter: uptime(ownDays, startOf(DAY_MS, now) - 89 * DAY_MS),
          },
          hours: periods(ownHours, hours, HOUR_MS, now),
          days: periods(ownDays, days, DAY_MS, now),
        };
      });
      /** An incident lasts while its target is not up again; that nobody reports any more does not end it at once. */
      const lasts = (target: string, end: Date) =>
        now - end.getTime() < INCIDENT_GAP_MINUTES * MINUTE_MS && latest.get(target)?.state !== 'up';
      const answer = {
        state: worst(targets.map(({ state }) => state)),
        targets,
        incidents: incidents.map(({ error, endedAt, ...incident }) => ({
          ...incident,
          endedAt: lasts(incident.target, endedAt) ? null : endedAt.toISOString(),
          ...(withErrors ? { error } : {}),
        })),
      };
      reply.header('cache-control', 'private, max-age=5');
      return notModified(request, reply, contentTag(answer)) ? reply : answer;
    },
  );
}

const startOf = (length: number, time: number): number => Math.floor(time / length) * length;

const ORDER: TargetState[] = ['down', 'degraded', 'unknown', 'up'];
const worst = (states: TargetState[]): TargetState => ORDER.find((state) => states.includes(state)) ?? 'unknown';

interface Sums {
  start: Date;
  up: number;
  degraded: number;
  down: number;
  available: number;
  answered: number;
  latency_sum: number;
  latency_max: number;
}
type Periods = Map<number, Sums>;

function percent(available: number, minutes: number): number | null {
  return minutes === 0 ? null : Math.floor((available / minutes) * 100_000) / 1000;
}

/** Rounded down to thousandths: only what was always up shows as 100 %. */
function uptime(sums: Periods, from: number): number | null {
  let minutes = 0;
  let available = 0;
  for (const [start, period] of sums) {
    if (start < from) continue;
    minutes += period.up + period.degraded + period.down;
    available += period.available;
  }
  return percent(available, minutes);
}

function periods(sums: Periods, count: number, length: number, now: number): AvailabilityPeriod[] {
  const first = startOf(length, now) - (count - 1) * length;
  return Array.from({ length: count }, (_, index) => {
    const start = first + index * length;
    const { up = 0, degraded = 0, down = 0, available = 0, answered = 0, latency_sum = 0, latency_max = 0 } = sums.get(start) ?? {};
    const minutes = up + degraded + down;
    return {
      start: new Date(start).toISOString(),
      state: minutes === 0 ? 'unknown' : down > 0 ? 'down' : degraded > 0 ? 'degraded' : 'up',
      uptime: percent(available, minutes),
      minutes: { up, degraded, down },
      latencyMs: answered === 0 ? { mean: null, max: null } : { mean: latency_sum / answered, max: latency_max },
    };
  });
}

/** target → start of the period → its sums */
async function readPeriods(sql: Sql, table: string, period: string, from: number): Promise<Map<string, Periods>> {
  const rows = await sql<Array<Sums & { target: string }>>`
    select target, ${sql(period)} as start, up, degraded, down, available, answered::float8, latency_sum, latency_max
    from ${sql(table)}
    where ${sql(period)} >= ${new Date(from)}`;
  const targets = new Map<string, Periods>();
  for (const row of rows) {
    const sums = targets.get(row.target) ?? new Map();
    targets.set(row.target, sums.set(row.start.getTime(), row));
  }
  return targets;
}

/** Gaps and islands: a minute of trouble belongs to the incident of the one before unless they lie too far apart. */
async function readIncidents(sql: Sql, from: number) {
  const rows = await sql<
    Array<{ target: string; state: 'degraded' | 'down'; started_at: Date; ended_at: Date; minutes: number; error: string | null }>
  >`
    with marked as (
      select target, minute, state, error,
        minute - lag(minute) over (partition by target order by minute) <= make_interval(mins => ${INCIDENT_GAP_MINUTES}) as same
      from health_trouble
      where minute >= ${new Date(from)}
    ),
    numbered as (
      select target, minute, state, error, count(*) filter (where same is not true) over (partition by target order by minute) as number
      from marked
    )
    select
      target,
      case when bool_or(state = 'down') then 'down' else 'degraded' end as state,
      min(minute) as started_at,
      max(minute) + interval '1 minute' as ended_at,
      count(*)::int as minutes,
      max(error) as error
    from numbered
    group by target, number
    order by min(minute) desc, target
    limit ${MOST_INCIDENTS}`;
  return rows.map(({ started_at, ended_at, ...incident }) => ({ ...incident, startedAt: started_at.toISOString(), endedAt: ended_at }));
}
