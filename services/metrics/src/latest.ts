import type { TargetState } from '@taskflow/contracts/metrics';
import type { Sql } from '@taskflow/postgres/database';

export interface Latest {
  state: TargetState;
  lastSeen: Date;
  /** mean of the probes that were answered */
  latencyMs: number | null;
  error: string | null;
}

/** Every target as its checkers saw it last. Only what they said lately counts; up for one and down for another is degraded. */
export async function readLatest(sql: Sql, staleSeconds: number): Promise<Map<string, Latest>> {
  const rows = await sql<Array<Latest & { target: string }>>`
    with latest as (
      select target, at, state, latency_ms, error, at > now() - make_interval(secs => ${staleSeconds}) as fresh
      from health_latest
    )
    select
      target,
      case
        when not bool_or(fresh) then 'unknown'
        when bool_and(state = 'up') filter (where fresh) then 'up'
        when bool_and(state = 'down') filter (where fresh) then 'down'
        else 'degraded'
      end as state,
      max(at) as "lastSeen",
      avg(latency_ms) filter (where fresh and state <> 'down') as "latencyMs",
      max(error) filter (where fresh and state <> 'up') as error
    from latest
    group by target`;
  return new Map(rows.map(({ target, ...latest }) => [target, latest]));
}
