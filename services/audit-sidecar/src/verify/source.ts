import type { TilePath } from '../tile-path.ts';

/** What stands in a database beside the entry, and can be compared with it. */
interface StoredColumns {
  checkpoint: number;
  id: string;
  /** microseconds since 1970, as text */
  at: string;
  action: string;
  outcome: string;
  actorId: string | null;
  workspaceId: string | null;
}

export interface StoredRecord {
  index: number;
  entry: string;
  /** undefined where only the tiles are read */
  columns?: StoredColumns;
}

/** What the verifier reads: a database, or the tiles over HTTP. */
export interface LogSource {
  /** the signed notes with the size they are stored under, oldest first; only the newest where no others can be had */
  checkpoints(): Promise<Array<{ size: number; note: string }>>;
  /** records in the order of their indexes, up to `size` and, where there are more, beyond it */
  records(size: number): AsyncIterable<StoredRecord>;
  /** the hashes of a tile, as many as are stored */
  tile(path: TilePath & { level: number }): Promise<Buffer | undefined>;
  /** names of all stored tiles, where that can be known: `level/index` */
  tileKeys(): Promise<string[] | undefined>;
  /** how many records are stored, where that can be known */
  count(): Promise<number | undefined>;
}
