import type { Sql, Transaction } from '@taskflow/postgres/database';
import type { LogSource, StoredRecord } from './source.ts';

const PAGE = 1024;

/** Runs the verification on one snapshot of the database, so that what is appended meanwhile does not disturb it. */
export async function withDatabase<T>(sql: Sql, run: (source: LogSource) => Promise<T>): Promise<T> {
  return (await sql.begin('isolation level repeatable read read only', (tx) => run(databaseSource(tx)))) as T;
}

/** @param tx of isolation level repeatable read or above */
export function databaseSource(tx: Transaction): LogSource {
  return {
    async checkpoints() {
      const rows = await tx<Array<{ size: string; note: string }>>`select size, note from checkpoints order by size`;
      return rows.map(({ size, note }) => ({ size: Number(size), note }));
    },

    async *records() {
      for (let last: string | number = '-9223372036854775808'; ; ) {
        const rows: StoredRow[] = await tx<StoredRow[]>`
          select leaf_index, checkpoint, id, entry, (extract(epoch from at) * 1000000)::bigint as at, action, outcome, actor_id, workspace_id
          from records where leaf_index > ${last} order by leaf_index limit ${PAGE}`;
        yield* rows.map(toStoredRecord);
        if (rows.length < PAGE) return;
        last = rows.at(-1)!.leaf_index;
      }
    },

    async tile({ level, index }) {
      const [row] = await tx<Array<{ hashes: Buffer }>>`select hashes from tiles where level = ${level} and tile_index = ${index}`;
      return row?.hashes;
    },

    async tileKeys() {
      const rows = await tx<Array<{ key: string }>>`select level || '/' || tile_index as key from tiles`;
      return rows.map(({ key }) => key);
    },

    async count() {
      const [row] = await tx<Array<{ count: string }>>`select count(*) as count from records`;
      return Number(row?.count);
    },
  };
}

interface StoredRow {
  leaf_index: string;
  checkpoint: string;
  id: string;
  entry: string;
  at: string;
  action: string;
  outcome: string;
  actor_id: string | null;
  workspace_id: string | null;
}

const toStoredRecord = (row: StoredRow): StoredRecord => ({
  index: Number(row.leaf_index),
  entry: row.entry,
  columns: {
    checkpoint: Number(row.checkpoint),
    id: row.id,
    at: row.at,
    action: row.action,
    outcome: row.outcome,
    actorId: row.actor_id,
    workspaceId: row.workspace_id,
  },
});
