import { type HealthObservation, HealthReport } from '@taskflow/contracts/reports';
import type { Server } from '@taskflow/http/server';
import type { Transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { refusals } from '../problems.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** First key of the advisory locks by target; the second is the hash of its name. */
const TARGET_LOCK = 5001;

/** Takes what a health checker saw. Late, repeated and reordered reports end in the same figures. */
export function receiveHealthReport(app: Server, { sql, settings, ingestion }: Context): void {
  app.post(
    '/internal/health-reports',
    {
      schema: {
        operationId: 'receiveHealthReport',
        summary: 'Take a report of a health checker',
        tags: ['internal'],
        security: [{ serviceKey: [] }],
        body: HealthReport,
        response: { 204: Type.Null(), ...refusals(400, 401, 413, 415) },
      },
    },
    async ({ body: { id, checker, observations } }, reply) => {
      const now = Date.now();
      const oldest = now - settings.KEEP_MINUTES * DAY_MS;
      const usable = observations.filter(({ at }) => Date.parse(at) >= oldest);
      ingestion.tooLate.inc(observations.length - usable.length);
      await sql.begin(async (tx) => {
        const [fresh] = await tx`insert into health_reports (id) values (${id}) on conflict do nothing returning id`;
        if (!fresh || usable.length === 0) return;
        const minutes = countMinutes(usable, now);
        await lockTargets(tx, minutes);
        await addMinutes(tx, checker, minutes);
        await keepLatest(tx, checker, usable, now);
        await mergeTrouble(tx, minutes);
        await sumHours(tx, minutes);
        await sumDays(tx, minutes);
      });
      return reply.code(204).send(null);
    },
  );
}

interface Minute {
  target: string;
  minute: string;
  up: number;
  degraded: number;
  down: number;
  latency_sum: number;
  latency_max: number;
  error: string | null;
}

/** A checker whose clock is ahead must not report on the future. */
const atLatest = (at: string, now: number): number => Math.min(Date.parse(at), now);

function countMinutes(observations: HealthObservation[], now: number): Minute[] {
  const minutes = new Map<string, Minute>();
  for (const { target, at, state, latencyMs, count, error } of observations) {
    const minute = new Date(Math.floor(atLatest(at, now) / MINUTE_MS) * MINUTE_MS).toISOString();
    const key = `${minute} ${target}`;
    const empty = { target, minute, up: 0, degraded: 0, down: 0, latency_sum: 0, latency_max: 0, error: null };
    const sum = minutes.get(key) ?? empty;
    sum[state] += count;
    if (state !== 'down') {
      sum.latency_sum += latencyMs * count;
      sum.latency_max = Math.max(sum.latency_max, latencyMs);
    }
    sum.error = error ?? sum.error;
    minutes.set(key, sum);
  }
  return [...minutes.values()];
}

/** Reports on one target wait for each other, or one would sum up hours without the minutes of the other. */
async function lockTargets(tx: Transaction, minutes: Minute[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(${TARGET_LOCK}, hash)
    from (select distinct hashtext(target) as hash from unnest(${minutes.map(({ target }) => target)}::text[]) as target order by hash) as hashes`;
}

async function addMinutes(tx: Transaction, checker: string, minutes: Minute[]): Promise<void> {
  await tx`
    insert into health_minutes as known (target, minute, checker, up, degraded, down, latency_sum, latency_max, error)
    select target, minute, ${checker}, up, degraded, down, latency_sum, latency_max, error
    from jsonb_to_recordset(${tx.json(minutes as never)}) as seen
      (target text, minute timestamptz, up int, degraded int, down int, latency_sum float8, latency_max float8, error text)
    on conflict (target, minute, checker) do update set
      up = known.up + excluded.up,
      degraded = known.degraded + excluded.degraded,
      down = known.down + excluded.down,
      latency_sum = known.latency_sum + excluded.latency_sum,
      latency_max = greatest(known.latency_max, excluded.latency_max),
      error = coalesce(excluded.error, known.error)`;
}

async function keepLatest(tx: Transaction, checker: string, observations: HealthObservation[], now: number): Promise<void> {
  const latest = new Map<string, HealthObservation & { time: number }>();
  for (const observation of observations) {
    const time = atLatest(observation.at, now);
    if (time >= (latest.get(observation.target)?.time ?? 0)) latest.set(observation.target, { ...observation, time });
  }
  const rows = [...latest.values()].map(({ target, time, state, latencyMs, error = null }) => ({
    target,
    at: new Date(time).toISOString(),
    state,
    latency_ms: latencyMs,
    error,
  }));
  await tx`
    insert into health_latest as known (target, checker, at, state, latency_ms, error)
    select target, ${checker}, at, state, latency_ms, error
    from jsonb_to_recordset(${tx.json(rows)}) as seen (target text, at timestamptz, state text, latency_ms float8, error text)
    on conflict (target, checker) do update set
      at = excluded.at, state = excluded.state, latency_ms = excluded.latency_ms, error = excluded.error
    where excluded.at >= known.at`;
}

/** The limit makes the planner look up these few minutes instead of merging all there are. */
async function mergeTrouble(tx: Transaction, minutes: Minute[]): Promise<void> {
  const touched = tx`
    select merged.target, merged.minute, merged.state, merged.error
    from jsonb_to_recordset(${tx.json(minutes as never)}) as seen (target text, minute timestamptz)
    join lateral (
      select * from health_merged_minutes where target = seen.target and minute = seen.minute limit 1
    ) as merged on true`;
  await tx`
    with touched as (${touched}),
    cleared as (
      delete from health_trouble as trouble using touched
      where trouble.target = touched.target and trouble.minute = touched.minute and touched.state = 'up'
    )
    insert into health_trouble (target, minute, state, error)
    select target, minute, state, error from touched where state <> 'up'
    on conflict (target, minute) do update set state = excluded.state, error = excluded.error`;
}

/** Summed up anew from their minutes: how two checkers merge depends on both. */
async function sumHours(tx: Transaction, minutes: Minute[]): Promise<void> {
  await tx`
    insert into health_hours (target, hour, up, degraded, down, available, answered, latency_sum, latency_max)
    select touched.target, touched.hour, sums.*
    from (
      select distinct target, date_trunc('hour', minute, 'UTC') as hour
      from jsonb_to_recordset(${tx.json(minutes as never)}) as seen (target text, minute timestamptz)
    ) as touched
    cross join lateral (
      select
        count(*) filter (where state = 'up'), count(*) filter (where state = 'degraded'), count(*) filter (where state = 'down'),
        sum(available), sum(answered), sum(latency_sum), max(latency_max)
      from health_merged_minutes
      where target = touched.target and minute >= touched.hour and minute < touched.hour + interval '1 hour'
    ) as sums
    on conflict (target, hour) do update set
      up = excluded.up, degraded = excluded.degraded, down = excluded.down, available = excluded.available,
      answered = excluded.answered, latency_sum = excluded.latency_sum, latency_max = excluded.latency_max`;
}

async function sumDays(tx: Transaction, minutes: Minute[]): Promise<void> {
  await tx`
    insert into health_days (target, day, up, degraded, down, available, answered, latency_sum, latency_max)
    select touched.target, touched.day, sums.*
    from (
      select distinct target, date_trunc('day', minute, 'UTC') as day
      from jsonb_to_recordset(${tx.json(minutes as never)}) as seen (target text, minute timestamptz)
    ) as touched
    cross join lateral (
      select sum(up), sum(degraded), sum(down), sum(available), sum(answered), sum(latency_sum), max(latency_max)
      from health_hours
      where target = touched.target and hour >= touched.day and hour < touched.day + interval '24 hours'
    ) as sums
    on conflict (target, day) do update set
      up = excluded.up, degraded = excluded.degraded, down = excluded.down, available = excluded.available,
      answered = excluded.answered, latency_sum = excluded.latency_sum, latency_max = excluded.latency_max`;
}
