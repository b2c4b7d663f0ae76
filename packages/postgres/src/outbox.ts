import type { Sql } from './database.ts';

/**
 * Reading a transactional outbox without missing a row.
 *
 * A sequence alone does not do: rows become visible in commit order, not in the order of their numbers, so a reader that
 * remembers "seen up to 7" misses a 6 that commits later. Every row therefore carries the id of its transaction, readers
 * go by (transaction, sequence), and they read only below the oldest transaction that still runs
 * (pg_snapshot_xmin): below it nothing can appear any more.
 *
 * The table needs: `xid xid8 not null default pg_current_xact_id()`, `seq bigint generated always as identity`, an index
 * on (xid, seq), and a trigger or statement that notifies its channel.
 */
export interface Position {
  xid: bigint;
  seq: bigint;
}

export const ORIGIN: Position = { xid: 0n, seq: 0n };

/** "123-45"; the form of an event id in SSE and of a stored cursor. */
export const formatPosition = ({ xid, seq }: Position): string => `${xid}-${seq}`;

/** @returns undefined for anything formatPosition did not make */
export function parsePosition(text: string): Position | undefined {
  const match = /^(\d{1,20})-(\d{1,19})$/.exec(text);
  return match ? { xid: BigInt(match[1] as string), seq: BigInt(match[2] as string) } : undefined;
}

export interface OutboxRow<T> {
  position: Position;
  row: T;
}

/**
 * The next committed rows after a position, in order; those of transactions that still run, and all later ones, wait.
 * @param columns further columns to read, such as ['payload']
 */
export async function readOutbox<T extends object>(
  sql: Sql,
  table: string,
  columns: string[],
  after: Position,
  limit: number,
): Promise<Array<OutboxRow<T>>> {
  const rows = await sql<Array<T & { xid: string; seq: string }>>`
    select xid::text as xid, seq::text as seq, ${sql(columns)}
    from ${sql(table)}
    where (xid, seq) > (${String(after.xid)}::xid8, ${String(after.seq)}::bigint)
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid, seq
    limit ${limit}`;
  return rows.map((row) => ({ position: { xid: BigInt(row.xid), seq: BigInt(row.seq) }, row }));
}

/** The position after everything that readers can see now: where a new reader begins that wants only what comes. */
export async function outboxEnd(sql: Sql, table: string): Promise<Position> {
  const [row] = await sql<Array<{ xid: string; seq: string }>>`
    select xid::text as xid, seq::text as seq
    from ${sql(table)}
    where xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid desc, seq desc
    limit 1`;
  return row ? { xid: BigInt(row.xid), seq: BigInt(row.seq) } : ORIGIN;
}
