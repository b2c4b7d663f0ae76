import { problems } from './problem.ts';

/** Encodes the sort key of a page's last row; opaque to clients. */
export function encodeCursor(key: Array<string | number | null>): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * @param length how many values the sort key has
 * @throws Problem 400 for anything encodeCursor did not make
 */
export function decodeCursor(cursor: string, length: number): Array<string | number | null> {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const scalar = (value: unknown) => value === null || typeof value === 'string' || typeof value === 'number';
    if (Array.isArray(key) && key.length === length && key.every(scalar)) return key;
  } catch {
    // said below
  }
  throw problems.malformed_request('cursor is not one that this list gave out: use nextCursor of its last page');
}

/** Takes limit + 1 rows and makes a page of them. */
export function toPage<Row, Item>(rows: Row[], limit: number, key: (row: Row) => Array<string | number | null>, item: (row: Row) => Item) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), nextCursor: rows.length > limit && last ? encodeCursor(key(last)) : null };
}
