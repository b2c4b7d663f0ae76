import type { Sql } from '@taskflow/postgres/database';
import { type Hash, joinSubtrees, perfectSubtrees, type Range, treeHash } from './merkle.ts';
import { locate, splitHashes, tileKey } from './tile.ts';

/**
 * The hashes of ranges of leaves, as the paths of merkle.ts name them, from the stored tiles: O(log n) tiles, one query.
 * The ranges must lie within a signed tree.
 */
export async function readHashes(sql: Sql, ranges: Range[]): Promise<Hash[]> {
  const places = ranges.map((range) => perfectSubtrees(range).map(locate));
  const wanted = [...new Map(places.flat().map((place) => [tileKey(place), place])).values()];
  const rows = await sql<Array<{ level: number; tile_index: string; hashes: Buffer }>>`
    select level, tile_index, hashes
    from unnest(${wanted.map(({ level }) => level)}::smallint[], ${wanted.map(({ index }) => index)}::bigint[]) as wanted (level, tile_index)
    join tiles using (level, tile_index)`;
  const tiles = new Map(rows.map((row) => [tileKey({ level: row.level, index: Number(row.tile_index) }), splitHashes(row.hashes)]));
  return places.map((subtrees) => {
    const hashes = subtrees.map((place) => {
      const row = tiles.get(tileKey(place))?.slice(place.offset, place.offset + place.count);
      if (row?.length !== place.count) throw new Error(`tile ${tileKey(place)} lacks hashes of a signed tree`);
      return treeHash(row);
    });
    return joinSubtrees(hashes);
  });
}
