import type { AppendAnswer, AuditRecord } from '@taskflow/contracts/audit';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { type Hash, hashLeaf } from './merkle.ts';
import { NoteError, type Signer } from './note.ts';
import { auditProblems } from './problems.ts';
import { splitHashes, type Tile, TreeBuilder } from './tile.ts';

/** Key of the advisory lock under which all sidecars of one database append: one tree, one order. */
const LOCK = 9090_6962;

/** Records of one request: appended in this order, or all of them already there. */
export interface Batch {
  records: AuditRecord[];
  /** canonical JSON of each */
  entries: string[];
}

export interface Signing {
  origin: string;
  signers: Signer[];
}

/** What is stored is not what was signed: someone changed it past the sidecar, or the signing key was exchanged without overlap. */
export class DamageError extends Error {
  override name = 'DamageError';
}

/** The signed head of the log with the tiles at its right edge, which is what the tree grows from. */
export interface Head {
  size: number;
  root: Hash;
  note: string;
  tree: TreeBuilder;
}

/**
 * Appends the batches in one transaction with one signed checkpoint.
 * @param seen size up to which this process has seen the log; a shorter one was rolled back
 * @returns for each batch its answer, or why it was left out (record_differs)
 * @throws DamageError when the stored tree contradicts its checkpoint: then nothing is signed on top of it
 */
export async function commitBatches(sql: Sql, signing: Signing, batches: Batch[], seen: number): Promise<Array<AppendAnswer | Error>> {
  return sql.begin(async (tx) => {
    const ids = batches.flatMap(({ records }) => records.map(({ id }) => id));
    // Sent together; each statement sees what was committed before it began, so the reads come after the lock.
    const [, head, known] = await Promise.all([
      tx`select pg_advisory_xact_lock(${LOCK})`,
      readHead(tx, signing),
      tx<
        Array<{ id: string; leaf_index: string; entry: string }>
      >`select id, leaf_index, entry from records where id = any(${ids}::uuid[])`,
    ]);
    if (head.size < seen) throw new DamageError(`the log has ${head.size} records, and had ${seen} before`);
    const places = new Map(known.map((row) => [row.id, { index: Number(row.leaf_index), entry: row.entry }]));
    const first = head.size;
    const added: Array<{ record: AuditRecord; entry: string }> = [];
    const indexes = batches.map((batch) => place(batch, places, added, first));
    if (added.length > 0) await write(tx, signing, head.tree, added);
    return indexes.map((answer) => (answer instanceof Error ? answer : { treeSize: first + added.length, indexes: answer }));
  }) as Promise<Array<AppendAnswer | Error>>;
}

/** Gives each record of a batch its place: the one it has, or the next. A batch with a record that differs gets none. */
function place(
  { records, entries }: Batch,
  places: Map<string, { index: number; entry: string }>,
  added: Array<{ record: AuditRecord; entry: string }>,
  first: number,
): number[] | Error {
  const own = new Map<string, string>();
  for (const [at, { id }] of records.entries()) {
    const there = places.get(id)?.entry ?? own.get(id) ?? entries[at];
    if (there !== entries[at]) return auditProblems.record_differs(`The log has a record ${id} with another content`);
    own.set(id, entries[at]!);
  }
  return records.map((record, at) => {
    const known = places.get(record.id);
    if (known) return known.index;
    const entry = entries[at]!;
    const index = first + added.length;
    places.set(record.id, { index, entry });
    added.push({ record, entry });
    return index;
  });
}

async function write(
  tx: Transaction,
  { origin, signers }: Signing,
  tree: TreeBuilder,
  added: Array<{ record: AuditRecord; entry: string }>,
) {
  const first = tree.size;
  for (const { entry } of added) tree.append(hashLeaf(entry));
  const { size } = tree;
  const note = signCheckpoint(origin, { size, root: tree.root() }, signers);
  const rows = added.map(({ record: { id, at, action, outcome, actorId, workspaceId }, entry }, offset) => {
    return { leaf_index: first + offset, id, entry, at, action, outcome, actor_id: actorId, workspace_id: workspaceId };
  });
  const tiles = [...tree.completed, ...tree.grown()].map(({ level, index, hashes }) => {
    return { level, tile_index: index, hashes: Buffer.concat(hashes) };
  });
  await Promise.all([
    tx`insert into checkpoints (size, note) values (${size}, ${note})`,
    tx`
      insert into records (leaf_index, checkpoint, id, entry, at, action, outcome, actor_id, workspace_id)
      select leaf_index, ${size}, id, entry, at, action, outcome, actor_id, workspace_id
      from jsonb_to_recordset(${tx.json(rows)}) as row (
        leaf_index bigint, id uuid, entry text, at timestamptz, action text, outcome text, actor_id uuid, workspace_id uuid)`,
    tx`
      insert into tiles ${tx(tiles, 'level', 'tile_index', 'hashes')}
      on conflict (level, tile_index) do update set hashes = excluded.hashes`,
  ]);
}

/**
 * Reads the newest checkpoint and the right edge of the tree, and compares the two: O(log n) reads.
 * @throws DamageError when they do not fit, or the checkpoint is not signed by a key of this sidecar
 */
export async function readHead(tx: Sql | Transaction, { origin, signers }: Signing): Promise<Head> {
  const [checkpoints, edge] = await Promise.all([
    tx<Array<{ size: string; note: string }>>`select size, note from checkpoints order by size desc limit 1`,
    // The rightmost tile of every level there can be: 256^8 leaves are more than fit a bigint.
    tx<Array<{ level: number; tile_index: string; hashes: Buffer }>>`
      select level, tile_index, hashes
      from generate_series(0, 7) as levels (number)
      cross join lateral (select level, tile_index, hashes from tiles where level = number order by tile_index desc limit 1) as rightmost`,
  ]);
  const [newest] = checkpoints;
  if (!newest) throw new DamageError('there is no checkpoint in the database');
  try {
    const { size, root } = openCheckpoint(origin, newest.note, signers);
    if (size !== Number(newest.size)) throw new DamageError(`the checkpoint stored for size ${newest.size} is of size ${size}`);
    const tree = TreeBuilder.resume(size, edge.map(toTile));
    if (!tree.root().equals(root)) throw new DamageError(`the stored tiles do not give the signed root of size ${size}`);
    return { size, root, note: newest.note, tree };
  } catch (error) {
    if (error instanceof NoteError || error instanceof RangeError) throw new DamageError(error.message, { cause: error });
    throw error;
  }
}

export const toTile = (row: { level: number; tile_index: string; hashes: Buffer }): Tile => {
  return { level: row.level, index: Number(row.tile_index), hashes: splitHashes(row.hashes) };
};
