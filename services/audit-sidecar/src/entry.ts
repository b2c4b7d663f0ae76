import type { AuditRecord } from '@taskflow/contracts/audit';

/** Entry bundles (C2SP tlog-tiles) give an entry's length in 16 bits. */
const MAX_ENTRY_BYTES = 65_535;

/** A record with its leaf, which is its canonical JSON. */
export interface Leaf {
  record: AuditRecord;
  entry: string;
}

/** The record has no canonical form. */
export class EntryError extends Error {
  override name = 'EntryError';
}

/**
 * The leaf of a record: its canonical JSON, RFC 8785, so that the same record gives the same bytes however its members
 * were ordered on the way.
 * @throws EntryError when it would be too long or has text that is not Unicode
 */
export function encodeEntry(record: AuditRecord): string {
  const entry = canonicalJson(record);
  if (Buffer.byteLength(entry) > MAX_ENTRY_BYTES) throw new EntryError(`record ${record.id} has more than ${MAX_ENTRY_BYTES} bytes`);
  return entry;
}

/** RFC 8785: members sorted by UTF-16 code units; numbers and strings are written as ECMAScript does. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`).join()}}`;
  }
  if (typeof value === 'string' && !value.isWellFormed()) throw new EntryError('text has a lone surrogate, which is not Unicode');
  return JSON.stringify(value);
}
