import { TILE_WIDTH } from './tile.ts';

/** Paths and entry bundles of C2SP tlog-tiles. */
export interface TilePath {
  level: number | 'entries';
  index: number;
  /** 1 to 255 for a partial tile, 256 for a full one */
  width: number;
}

const PATH = /^(entries|\d|[1-5]\d|6[0-3])\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** Below `/tile/`, such as `0/x001/x234/067.p/8`. */
export function formatTilePath({ level, index, width }: TilePath): string {
  return `${level}/${formatIndex(index)}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** @returns undefined for anything formatTilePath does not make */
export function parseTilePath(path: string): TilePath | undefined {
  const [, level, digits, width] = PATH.exec(path) ?? [];
  if (level === undefined || digits === undefined) return undefined;
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  if (formatIndex(index) !== digits || Number(width) >= TILE_WIDTH) return undefined;
  // A tile's last leaf must have an index that a number holds.
  if (!Number.isSafeInteger((index + 1) * TILE_WIDTH)) return undefined;
  return { level: level === 'entries' ? level : Number(level), index, width: Number(width ?? TILE_WIDTH) };
}

function formatIndex(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g)!;
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** Entries of at most 65,535 bytes, each after its length in two bytes, big-endian. */
export function encodeBundle(entries: string[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const bytes = Buffer.from(entry);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** @throws RangeError when the bytes are no bundle */
export function decodeBundle(bytes: Buffer): string[] {
  const entries: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) throw new RangeError('the entry bundle ends within an entry');
    entries.push(bytes.toString('utf8', at + 2, end));
    at = end;
  }
  return entries;
}
