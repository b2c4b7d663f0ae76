import type { AppendAnswer } from '@taskflow/contracts/audit';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { signCheckpoint } from './checkpoint.ts';
import type { Leaf } from './entry.ts';
import { DamageError, readHead } from './head.ts';
import { hashLeaf } from './merkle.ts';
import { auditProblems } from './problems.ts';
import { keysChanged, type Signing } from './signing.ts';
import type { TreeBuilder } from './tile.ts';

/** Key of the advisory lock under which all sidecars of one database append: one tree, one order. */
const LOCK = 9090_6962;

/** What one request appends: in this order, or not at all. */
export type Batch = Leaf[];

/**
 * Appends the batches in one transaction with one signed checkpoint. Without batches it sees to it that all present keys
 * have signed: where one has not, it appends a record that the keys changed, since only a new tree may be signed anew.
 * @param seen size up to which this process has seen the log; a shorter one was rolled back
 * @returns for each batch its answer, or why it was left out (record_differs), and the size of the log
 * @throws DamageError when the stored tree contradicts its checkpoint: then nothing is signed on top of it
 */
export async function commitBatches(sql: Sql, signing: Signing, batches: Batch[], seen: number) {
  const committed = await sql.begin(async (tx) => {
    const ids = batches.flat().map(({ record }) => record.id);
    // Awaited by itself: the driver may let a statement overtake one whose parameters it has to ask about first, and the
    // reads must begin after the lock to see all that it waited for.
    await tx`select pg_advisory_xact_lock(${LOCK})`;
    const [head, known] = await Promise.all([
      readHead(tx, signing),
      tx<
        Array<{ id: string; leaf_index: string; entry: string }>
      >`select id, leaf_index, entry from records where id = any(${ids}::uuid[])`,
    ]);
    if (head.size < seen) throw new DamageError(`the log has ${head.size} records, and had ${seen} before`);
    const places = new Map(known.map((row) => [row.id, { index: Number(row.leaf_index), entry: row.entry }]));
    const unsigned = batches.length === 0 && head.signedBy.length < signing.signers.length;
    const added: Leaf[] = unsigned ? [keysChanged(signing.signers)] : [];
    const indexes = batches.map((batch) => place(batch, places, added, head.size));
    if (added.length > 0) await write(tx, signing, head.tree, added);
    return { treeSize: head.size + added.length, indexes };
  });
  const { treeSize, indexes } = committed as { treeSize: number; indexes: Array<number[] | Error> };
  const answers = indexes.map((batch): AppendAnswer | Error => (batch instanceof Error ? batch : { treeSize, indexes: batch }));
  return { treeSize, answers };
}

/** Gives each record of a batch its place: the one it has, or the next. A batch with a record that differs gets none. */
function place(batch: Batch, places: Map<string, { index: number; entry: string }>, added: Leaf[], first: number): number[] | Error {
  const own = new Map<string, string>();
  for (const { record, entry } of batch) {
    const other = places.get(record.id)?.entry ?? own.get(record.id) ?? entry;
    if (other !== entry) return auditProblems.record_differs(`There is a record ${record.id} with another content`);
    own.set(record.id, entry);
  }
  return batch.map((leaf) => {
    const known = places.get(leaf.record.id);
    if (known) return known.index;
    const index = first + added.length;
    added.push(leaf);
    places.set(leaf.record.id, { index, entry: leaf.entry });
    return index;
  });
}

async function write(tx: Transaction, { origin, signers }: Signing, tree: TreeBuilder, added: Leaf[]): Promise<void> {
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
    tx`
      with signed as (insert into checkpoints (size, note) values (${size}, ${note}))
      insert into records (leaf_index, checkpoint, id, entry, at, action, outcome, actor_id, workspace_id)
      select leaf_index, ${size}, id, entry, at, action, outcome, actor_id, workspace_id
      from jsonb_to_recordset(${tx.json(rows)}) as row (
        leaf_index bigint, id uuid, entry text, at timestamptz, action text, outcome text, actor_id uuid, workspace_id uuid)`,
    tx`
      insert into tiles ${tx(tiles, 'level', 'tile_index', 'hashes')}
      on conflict (level, tile_index) do update set hashes = excluded.hashes`,
  ]);
}
