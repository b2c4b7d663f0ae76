import { HASH_SIZE, type Hash, type Range, treeHash } from './merkle.ts';

/** A tile of C2SP tlog-tiles: hash i of tile n at level l is that of the leaves [(256n + i) · 256^l, (256n + i + 1) · 256^l). */
export interface Tile {
  level: number;
  index: number;
  hashes: Hash[];
}

export const TILE_WIDTH = 256;

export const tileKey = ({ level, index }: Pick<Tile, 'level' | 'index'>): string => `${level}/${index}`;

/** How many hashes tile `index` of `level` has in a tree of `size` leaves; 0 when it is not there. */
export function tileWidth(level: number, index: number, size: number): number {
  return Math.min(TILE_WIDTH, Math.max(0, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH));
}

/** Where the hash of a perfect subtree comes from: `count` hashes of a tile, from `offset` on. */
export function locate({ begin, end }: Range): { level: number; index: number; offset: number; count: number } {
  const leaves = end - begin;
  let [level, unit] = [0, 1];
  while (unit * TILE_WIDTH <= leaves) [level, unit] = [level + 1, unit * TILE_WIDTH];
  const position = begin / unit;
  return { level, index: Math.floor(position / TILE_WIDTH), offset: position % TILE_WIDTH, count: leaves / unit };
}

export function splitHashes(bytes: Buffer): Hash[] {
  return Array.from({ length: bytes.length / HASH_SIZE }, (_, at) => bytes.subarray(at * HASH_SIZE, (at + 1) * HASH_SIZE));
}

/**
 * Grows a tree leaf by leaf, holding only the rightmost tile of each level: a leaf costs O(log n) time, and the builder
 * O(log n) memory for as long as `completed` is emptied.
 */
export class TreeBuilder {
  size = 0;
  /** full tiles made since it was last emptied */
  completed: Tile[] = [];
  /** rightmost tile of each level, with 0 to 255 hashes */
  #edge: Tile[] = [];
  #grown = new Set<number>();

  /**
   * Continues a tree of `size` leaves.
   * @param tiles holds at least its partial tiles; further hashes in them are of a larger tree and left out
   * @throws RangeError when one is missing or too short
   */
  static resume(size: number, tiles: Tile[]): TreeBuilder {
    const known = new Map(tiles.map((tile) => [tileKey(tile), tile.hashes]));
    const builder = new TreeBuilder();
    builder.size = size;
    for (let level = 0; TILE_WIDTH ** level <= size; level++) {
      const index = Math.floor(size / TILE_WIDTH ** (level + 1));
      const width = tileWidth(level, index, size);
      const hashes = known.get(tileKey({ level, index })) ?? [];
      if (hashes.length < width) throw new RangeError(`tile ${tileKey({ level, index })} has ${hashes.length} of ${width} hashes`);
      builder.#edge.push({ level, index, hashes: hashes.slice(0, width) });
    }
    return builder;
  }

  append(leaf: Hash): void {
    this.size += 1;
    this.#push(0, leaf);
  }

  root(): Hash {
    let rest: Hash | undefined;
    for (const { hashes } of this.#edge) {
      // What is right of a level's hashes is smaller than one of them, so it takes the place of a last one.
      const row = rest ? [...hashes, rest] : hashes;
      if (row.length > 0) rest = treeHash(row);
    }
    return rest ?? treeHash([]);
  }

  /** The partial tiles of the tree, none of them empty. */
  partial(): Tile[] {
    return this.#edge.filter(({ hashes }) => hashes.length > 0);
  }

  /** The partial tiles that grew since the builder began. */
  grown(): Tile[] {
    return this.partial().filter(({ level }) => this.#grown.has(level));
  }

  #push(level: number, hash: Hash): void {
    this.#edge[level] ??= { level, index: 0, hashes: [] };
    const tile = this.#edge[level];
    tile.hashes.push(hash);
    this.#grown.add(level);
    if (tile.hashes.length < TILE_WIDTH) return;
    this.completed.push(tile);
    this.#edge[level] = { level, index: tile.index + 1, hashes: [] };
    this.#push(level + 1, treeHash(tile.hashes));
  }
}
