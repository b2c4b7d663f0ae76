import type { Sql, Transaction } from '@taskflow/postgres/database';
import { openCheckpoint } from './checkpoint.ts';
import type { Hash } from './merkle.ts';
import { NoteError, type Verifier } from './note.ts';
import type { Signing } from './signing.ts';
import { splitHashes, TreeBuilder } from './tile.ts';

/** What is stored is not what was signed: someone changed it past the sidecar, or the signing key was exchanged without overlap. */
export class DamageError extends Error {
  override name = 'DamageError';
}

/** The newest signed state of the log, with the tree ready to grow from it. */
export interface Head {
  size: number;
  root: Hash;
  /** which of the present keys signed it */
  signedBy: Verifier[];
  tree: TreeBuilder;
}

/**
 * Reads the newest checkpoint and the right edge of the tree, and compares the two: O(log n) reads. So whoever changes the
 * edge of the stored tree cannot make the sidecar sign what came of it.
 * @throws DamageError when they do not fit, or the checkpoint is not signed by a key of this sidecar
 */
export async function readHead(sql: Sql | Transaction, { origin, signers }: Signing): Promise<Head> {
  const [checkpoints, edge] = await Promise.all([
    sql<Array<{ size: string; note: string }>>`select size, note from checkpoints order by size desc limit 1`,
    // The rightmost tile of every level there can be: 256^8 leaves are more than a bigint counts.
    sql<Array<{ level: number; tile_index: string; hashes: Buffer }>>`
      select level, tile_index, hashes
      from generate_series(0, 7) as levels (number)
      cross join lateral (select level, tile_index, hashes from tiles where level = number order by tile_index desc limit 1) as rightmost`,
  ]);
  const [newest] = checkpoints;
  if (!newest) throw new DamageError('there is no checkpoint in the database');
  try {
    const { size, root, signedBy } = openCheckpoint(origin, newest.note, signers);
    if (size !== Number(newest.size)) throw new DamageError(`the checkpoint stored for size ${newest.size} is of size ${size}`);
    const tiles = edge.map((tile) => ({ level: tile.level, index: Number(tile.tile_index), hashes: splitHashes(tile.hashes) }));
    const tree = TreeBuilder.resume(size, tiles);
    if (!tree.root().equals(root)) throw new DamageError(`the stored tiles do not give the signed root of size ${size}`);
    return { size, root, signedBy, tree };
  } catch (error) {
    if (error instanceof NoteError || error instanceof RangeError) throw new DamageError(error.message, { cause: error });
    throw error;
  }
}
