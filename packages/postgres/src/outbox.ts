import postgres from 'postgres';
import type { Sql, Transaction } from './database.ts';
import { underMigrationLock } from './migrate.ts';

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
 *
 * Order: rows of transactions that depended on each other must come in the order in which those committed. A
 * transaction's id is drawn by its first write, so whoever waits for another with an id already drawn comes before the
 * one it waited for. Call `lockOrder` before the first write. (`select … for update` does not do: it draws the id too,
 * when it follows a row that was updated while it waited.)
 *
 * Delay: transaction ids are one count for the whole server, so a writing transaction that stays open in any of its
 * databases holds readers back; that is what idle_in_transaction_session_timeout and statement_timeout are for.
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
  if (!match) return undefined;
  const position = { xid: BigInt(match[1] as string), seq: BigInt(match[2] as string) };
  return position.xid < 2n ** 64n && position.seq < 2n ** 63n ? position : undefined;
}

/**
 * A position that somebody outside the database remembers, such as a browser, with the history that it belongs to: in a
 * database that was restored, the same numbers stand for other rows.
 */
export interface Bookmark extends Position {
  /** as readHistory gives it; empty when the holder has none */
  history: string;
}

/** "123-45-0a1b2c3d" */
export const formatBookmark = ({ history, ...position }: Bookmark): string => `${formatPosition(position)}-${history}`;

/** @returns undefined for anything that is neither a bookmark nor a position */
export function parseBookmark(text: string): Bookmark | undefined {
  const match = /^(\d+-\d+)(?:-([0-9a-f]{8}))?$/.exec(text);
  const position = match ? parsePosition(match[1] as string) : undefined;
  return position && { ...position, history: match?.[2] ?? '' };
}

/**
 * Names the history of this database: another one after a restore into another server or database, or to a point in time
 * (which begins a new timeline of the write-ahead log). Where the server does not tell, it is the database's number alone.
 */
export async function readHistory(sql: Sql): Promise<string> {
  const read = async (...parts: Array<postgres.PendingQuery<postgres.Row[]>>): Promise<string> => {
    const identity = parts.flatMap((part) => [sql`, `, part]).slice(1);
    const [row] = await sql<Array<{ history: string }>>`
      select left(md5(concat_ws('-', ${identity})), 8) as history from pg_database where datname = current_database()`;
    return (row as { history: string }).history;
  };
  const server = sql`(select system_identifier from pg_control_system())`;
  const timeline = sql`left(pg_walfile_name(pg_current_wal_lsn()), 8)`;
  try {
    return await read(sql`oid`, server, timeline);
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    return await read(sql`oid`);
  }
}

/**
 * Puts transactions with the same key, such as a project's id, one after the other, and so their rows in the outbox.
 * Make it the first statement; it holds until the transaction ends. It goes out at once, so that one need not wait for it
 * before sending the next statement.
 */
export function lockOrder(tx: Transaction, key: string): Promise<unknown> {
  return tx`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute();
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
    from ${sql(table)} as outbox
    where (xid, seq) > (${String(after.xid)}::xid8, ${String(after.seq)}::bigint)
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by outbox.xid, outbox.seq -- of the table: the bare names are the text columns above
    limit ${limit}`;
  return rows.map((row) => ({ position: { xid: BigInt(row.xid), seq: BigInt(row.seq) }, row }));
}

/** The position after everything that readers can see now: where a new reader begins that wants only what comes. */
export async function outboxEnd(sql: Sql, table: string): Promise<Position> {
  const [row] = await sql<Array<{ xid: string; seq: string }>>`
    select xid::text as xid, seq::text as seq
    from ${sql(table)} as outbox
    where xid < pg_snapshot_xmin(pg_current_snapshot())
    order by outbox.xid desc, outbox.seq desc
    limit 1`;
  return row ? { xid: BigInt(row.xid), seq: BigInt(row.seq) } : ORIGIN;
}

/** Where positions of readers are stored: in a text column in the form of formatPosition, or in columns xid and seq. */
export interface StoredPositions {
  table: string;
  /** the text column; without it the columns are xid and seq */
  column?: string;
}

/**
 * Puts an outbox right that was restored from a dump into another cluster; a step for `health.beforeReady`, before the
 * readers start. Transaction ids begin anew there, so rows of the old cluster would be invisible for months, and new
 * rows would come before them, behind readers that are past. (pg_upgrade and physical backups keep the count.)
 *
 * When a row or a stored position is ahead of the cluster's count, all rows get the id of the transaction that does
 * this, in the order of their numbers (which is the order of commit for those that had to wait for each other), and
 * stored positions move to before the first row that they have not passed: nothing is lost, some rows may be read again.
 *
 * Positions outside this database, such as the Last-Event-ID of a browser, are bookmarks, which tell by their history
 * that they are from elsewhere.
 * @returns whether the outbox was rebased
 */
export async function rebaseOutbox(sql: Sql, table: string, ...positions: StoredPositions[]): Promise<boolean> {
  return underMigrationLock(sql, async (tx) => {
    await tx`lock table ${tx(table)} in share row exclusive mode`;
    const xidOf = ({ table: of, column }: StoredPositions) =>
      column ? tx`split_part(${tx(`${of}.${column}`)}, '-', 1)::xid8` : tx`${tx(`${of}.xid`)}`;
    const seqOf = ({ table: of, column }: StoredPositions) =>
      column ? tx`split_part(${tx(`${of}.${column}`)}, '-', 2)::bigint` : tx`${tx(`${of}.seq`)}`;
    const isAhead = async (source: string, xid: postgres.PendingQuery<postgres.Row[]>) => {
      const rows = await tx`select from ${tx(source)} where ${xid} >= pg_snapshot_xmax(pg_current_snapshot()) limit 1`;
      return rows.length > 0;
    };
    let ahead = await isAhead(table, tx`xid`);
    for (const stored of positions) ahead ||= await isAhead(stored.table, xidOf(stored));
    if (!ahead) return false;

    for (const stored of positions) {
      const next = tx`coalesce(
        (select min(o.seq) - 1 from ${tx(table)} o where (o.xid, o.seq) > (${xidOf(stored)}, ${seqOf(stored)})),
        (select max(o.seq) from ${tx(table)} o),
        0)`;
      await (stored.column
        ? tx`update ${tx(stored.table)} set ${tx(stored.column)} = pg_current_xact_id() || '-' || ${next}`
        : tx`update ${tx(stored.table)} set xid = pg_current_xact_id(), seq = ${next}`);
    }
    await tx`update ${tx(table)} set xid = pg_current_xact_id()`;
    return true;
  });
}
