import type { Sql } from '@taskflow/postgres/database';
import type { Position } from '@taskflow/postgres/outbox';

const BATCH = 5000;

/**
 * Deletes one batch of the oldest events that are older than so many days and delivered to every receiver, and remembers
 * up to where, in the same transaction: a reader that comes too late is told so instead of missing something.
 * @returns how many were deleted; call again until it is less than a batch
 */
export async function pruneEvents(sql: Sql, days: number): Promise<number> {
  const [result] = await sql<Array<{ deleted: number }>>`
    with delivered as (
      select xid, seq from relay_cursors order by xid, seq limit 1
    ), old as (
      select e.xid, e.seq from events e, delivered d
      where (e.xid, e.seq) <= (d.xid, d.seq) and e.occurred_at < now() - make_interval(days => ${days})
      order by e.xid, e.seq
      limit ${BATCH}
    ), gone as (
      delete from events e using old where e.seq = old.seq returning e.xid, e.seq
    ), mark as (
      update feed_horizon set xid = last.xid, seq = last.seq
      from (select xid, seq from gone order by xid desc, seq desc limit 1) last
      where (feed_horizon.xid, feed_horizon.seq) < (last.xid, last.seq)
    )
    select count(*)::int as deleted from gone`;
  return result?.deleted ?? 0;
}

/**
 * Whether a reader can go on from a position: not when events after it were pruned, nor when it lies beyond what this
 * database has ever reached (one restored from a backup, or made anew).
 */
export async function canResume(sql: Sql, { xid, seq }: Position): Promise<boolean> {
  const [row] = await sql<Array<{ kept: boolean }>>`
    select (xid, seq) <= (${String(xid)}::xid8, ${String(seq)}::bigint)
           and ${String(xid)}::xid8 < pg_snapshot_xmax(pg_current_snapshot()) as kept
    from feed_horizon`;
  return row?.kept ?? false;
}
