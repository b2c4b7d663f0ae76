import { openCheckpoint } from '../checkpoint.ts';
import { canonicalJson } from '../entry.ts';
import { HASH_SIZE, type Hash, hashLeaf } from '../merkle.ts';
import { NoteError, type Verifier } from '../note.ts';
import { splitHashes, TILE_WIDTH, type Tile, TreeBuilder, tileKey, tileWidth } from '../tile.ts';
import type { LogSource, StoredRecord } from './source.ts';

/** A log that is not intact can have very many. */
const MOST_FINDINGS = 100;

/** A tree head that someone has seen before. */
export interface Remembered {
  size: number;
  root: Hash;
}

export interface Trust {
  origin: string;
  /** all keys that ever signed, retired ones included */
  verifiers: Verifier[];
  remembered?: Remembered | undefined;
}

export interface Verdict {
  /** what is wrong, the first of it */
  findings: string[];
  /** how many things are wrong; 0 when the log is intact */
  wrong: number;
  size: number;
  root: Hash;
  checkpoints: number;
}

/**
 * Recomputes the whole log from the stored records and compares it with all that was signed, stored or seen before: every
 * leaf with its tile, every column with its entry, every tile with the tree, every checkpoint with the root of its size and
 * its signature, and the tree with the remembered one.
 *
 * With the head's signature right, nothing in records, tiles or checkpoints can differ without a finding, short of one
 * thing that the data alone cannot show: that the log was rolled back to an earlier signed state. The remembered head does.
 */
export async function verifyLog(source: LogSource, trust: Trust): Promise<Verdict> {
  const verification = new Verification(source, trust);
  return verification.run();
}

class Verification {
  readonly #source: LogSource;
  readonly #trust: Trust;
  readonly #findings: string[] = [];
  #wrong = 0;
  readonly #tree = new TreeBuilder();
  /** tree heads that the records must give, by size, ascending */
  #expected: Array<{ size: number; root: Hash; what: string }> = [];
  /** sizes of the signed checkpoints, ascending */
  #sizes: number[] = [];
  #unseenTiles: Set<string> | undefined;
  #wrongRoots = 0;
  #leaves: { index: number; hashes: Hash[] } = { index: -1, hashes: [] };

  constructor(source: LogSource, trust: Trust) {
    this.#source = source;
    this.#trust = trust;
  }

  async run(): Promise<Verdict> {
    const { size, checkpoints } = await this.#openCheckpoints();
    const tileKeys = await this.#source.tileKeys();
    if (tileKeys) this.#unseenTiles = new Set(tileKeys);
    // Every database begins with it; over HTTP there is only the newest.
    if (tileKeys && this.#sizes[0] !== 0) this.#find('the checkpoint of the empty tree is missing');
    this.#expectRoots();
    await this.#readRecords(size);
    for (const tile of this.#tree.partial()) await this.#compareTile(tile);
    for (const key of this.#unseenTiles ?? []) this.#find(`tile ${key} is not part of the tree`);
    for (const { what } of this.#expected) this.#find(`${what}: the stored records do not reach that size`);
    if (this.#wrongRoots > 1) this.#find(`${this.#wrongRoots} tree heads in all differ from the stored records`);
    return { findings: this.#findings, wrong: this.#wrong, size, root: this.#tree.root(), checkpoints };
  }

  async #openCheckpoints() {
    const stored = await this.#source.checkpoints();
    const { origin, verifiers, remembered } = this.#trust;
    for (const { size: storedSize, note } of stored) {
      try {
        const { size, root, unknown } = openCheckpoint(origin, note, verifiers);
        if (size !== storedSize) this.#find(`checkpoint ${storedSize} is of size ${size}`);
        if (unknown > 0) this.#find(`checkpoint ${storedSize} has a signature of an unknown key`);
        this.#expected.push({ size, root, what: `checkpoint ${size}` });
        this.#sizes.push(size);
      } catch (error) {
        if (!(error instanceof NoteError)) throw error;
        this.#find(`checkpoint ${storedSize}: ${error.message}`);
      }
    }
    if (this.#sizes.length === 0) this.#find('there is no signed checkpoint');
    // As signed, not as stored: whoever could write any size here could let the verifier count for ever.
    this.#sizes.sort((a, b) => a - b);
    const size = this.#sizes.at(-1) ?? 0;
    if (remembered && remembered.size > size) {
      this.#find(`the log was rolled back: it had ${remembered.size} records when it was last verified, and has ${size}`);
    }
    if (remembered && remembered.size <= size) this.#expected.push({ ...remembered, what: 'the remembered checkpoint' });
    return { size, checkpoints: stored.length };
  }

  #expectRoots(): void {
    this.#expected.sort((a, b) => a.size - b.size);
    this.#compareRoots();
  }

  async #readRecords(size: number): Promise<void> {
    const count = await this.#source.count();
    if (count !== undefined && count !== size) this.#find(`${count} records are stored, and ${size} are signed`);
    for await (const record of this.#source.records(size)) {
      if (record.index < this.#tree.size || record.index >= size) {
        this.#find(`record ${record.index} is not part of the signed log`);
        continue;
      }
      while (this.#tree.size < record.index) await this.#missing();
      await this.#record(record);
    }
    while (this.#tree.size < size) await this.#missing();
  }

  async #record({ index, entry, columns }: StoredRecord): Promise<void> {
    const leaf = hashLeaf(entry);
    const signed = await this.#signedLeaf(index);
    if (!signed?.equals(leaf)) this.#find(`record ${index} differs from its leaf in tile ${tileKey(this.#leafTile(index))}`);
    if (columns) {
      const wrong = differences(entry, columns);
      if (wrong.length > 0) this.#find(`record ${index}: ${wrong.join(', ')} differ from the entry`);
      const checkpoint = this.#checkpointOf(index);
      if (columns.checkpoint !== checkpoint)
        this.#find(`record ${index} belongs to checkpoint ${columns.checkpoint}, and not ${checkpoint}`);
    }
    await this.#append(leaf);
  }

  /** Goes on with the leaf that the tile has, so that one missing record is one finding. */
  async #missing(): Promise<void> {
    const index = this.#tree.size;
    this.#find(`record ${index} is missing`);
    await this.#append((await this.#signedLeaf(index)) ?? Buffer.alloc(HASH_SIZE));
  }

  async #append(leaf: Hash): Promise<void> {
    this.#tree.append(leaf);
    for (const tile of this.#tree.completed.splice(0)) await this.#compareTile(tile);
    this.#compareRoots();
  }

  #compareRoots(): void {
    while (this.#expected[0]?.size === this.#tree.size) {
      const { root, what } = this.#expected.shift()!;
      if (root.equals(this.#tree.root())) continue;
      this.#wrongRoots += 1;
      if (this.#wrongRoots === 1) this.#find(`${what}: the stored records do not give its root hash`);
    }
  }

  async #compareTile(tile: Tile): Promise<void> {
    const key = tileKey(tile);
    this.#unseenTiles?.delete(key);
    const stored = await this.#source.tile({ level: tile.level, index: tile.index, width: tile.hashes.length });
    if (!stored) this.#find(`tile ${key} is missing`);
    else if (!stored.equals(Buffer.concat(tile.hashes))) this.#find(`tile ${key} differs from the stored records`);
  }

  async #signedLeaf(index: number): Promise<Hash | undefined> {
    const place = this.#leafTile(index);
    if (this.#leaves.index !== place.index) {
      const size = this.#sizes.at(-1) ?? 0;
      const bytes = await this.#source.tile({ ...place, width: tileWidth(0, place.index, size) });
      this.#leaves = { index: place.index, hashes: bytes ? splitHashes(bytes) : [] };
    }
    return this.#leaves.hashes[index % TILE_WIDTH];
  }

  #leafTile(index: number): { level: 0; index: number } {
    return { level: 0, index: Math.floor(index / TILE_WIDTH) };
  }

  /** The first stored checkpoint that covers the record. */
  #checkpointOf(index: number): number | undefined {
    while (this.#sizes.length > 1 && this.#sizes[0]! <= index) this.#sizes.shift();
    return this.#sizes[0];
  }

  #find(finding: string): void {
    this.#wrong += 1;
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push(finding);
  }
}

/** Which columns do not say what the entry says. */
function differences(entry: string, columns: NonNullable<StoredRecord['columns']>): string[] {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(entry) as Record<string, unknown>;
  } catch {
    return ['all columns'];
  }
  const { id, at, action, outcome, actorId, workspaceId } = record;
  const expected = { id, at: String(Date.parse(String(at)) * 1000), action, outcome, actorId, workspaceId };
  const wrong = Object.entries(expected).filter(([name, value]) => columns[name as keyof typeof expected] !== value);
  return [...wrong.map(([name]) => name), ...(canonicalJson(record) === entry ? [] : ['spelling'])];
}
