import type { AuditRecord, ConsistencyProof, InclusionProof, VerifierKeys } from '@taskflow/contracts/audit';
import type { Static } from 'typebox';

/*
 * What the server says of its audit log is checked here, in the browser: signatures of checkpoints (C2SP tlog-checkpoint and
 * signed-note, Ed25519) and the Merkle proofs of RFC 9162, 2.1.3.2 and 2.1.4.2. Everything throws Unproven when it does not hold.
 */

/** What does not hold: the signature, the proof's form, the record's place, or that the log only grew. */
type Flaw = 'unsigned' | 'malformed' | 'missing' | 'altered';

export class Unproven extends Error {
  override name = 'Unproven';
  readonly flaw: Flaw;

  constructor(flaw: Flaw) {
    super(flaw);
    this.flaw = flaw;
  }
}

type Keys = Static<typeof VerifierKeys>;
type Bytes = Uint8Array<ArrayBuffer>;

/** A signed state of the log: how many records, and the hash over all of them (base64). */
export interface Head {
  size: number;
  root: string;
}

const ED25519 = 1;
const ID_SIZE = 4;

/** @throws Unproven unless one of the keys has signed the checkpoint, of the log that the keys are of */
export async function openCheckpoint(checkpoint: string, { origin, keys }: Keys): Promise<Head> {
  const end = checkpoint.indexOf('\n\n');
  const [name, size, root, ...rest] = checkpoint.slice(0, end + 1).split('\n');
  if (end < 0 || name !== origin || !/^\d{1,16}$/.test(size ?? '') || !root || rest.join('') !== '') throw new Unproven('malformed');
  const text = utf8(checkpoint.slice(0, end + 1));
  for (const line of checkpoint.slice(end + 2).split('\n')) {
    const [, signer, base64] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    if (!signer || !base64) continue;
    for (const key of keys) if (await isSignedBy(key, signer, decode(base64), text)) return { size: Number(size), root };
  }
  throw new Unproven('unsigned');
}

/** A verifier key is `name+id+base64 of the algorithm and the key`, https://c2sp.org/signed-note */
async function isSignedBy(key: string, signer: string, signature: Bytes, text: Bytes): Promise<boolean> {
  const [, name, , base64] = /^(.+)\+([0-9a-f]{8})\+([^+].*)$/.exec(key) ?? [];
  if (name !== signer || !base64) return false;
  const bytes = decode(base64);
  const id = (await sha256(utf8(`${name}\n`), bytes)).subarray(0, ID_SIZE);
  if (bytes[0] !== ED25519 || !equal(id, signature.subarray(0, ID_SIZE))) return false;
  const publicKey = await crypto.subtle.importKey('raw', bytes.subarray(1), 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', publicKey, signature.subarray(ID_SIZE), text);
}

/** That a record, as it is shown, is in the log. */
export async function verifyRecord(record: AuditRecord, proof: InclusionProof, keys: Keys): Promise<void> {
  const head = await openCheckpoint(proof.checkpoint, keys);
  const index = proof.leafIndex;
  if (head.size !== proof.treeSize || index < 0 || index >= head.size) throw new Unproven('malformed');
  let [node, last, hash] = [index, head.size - 1, await sha256(Uint8Array.of(0), utf8(proof.entry))];
  for (const sibling of proof.hashes.map(decode)) {
    if (last === 0) throw new Unproven('malformed');
    if (node % 2 === 1 || node === last) {
      hash = await hashChildren(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = await hashChildren(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0 || !equal(hash, decode(head.root))) throw new Unproven('missing');
  const logged = JSON.parse(proof.entry) as Record<string, unknown>;
  // The log's own members, all of them: what is shown beside them, such as the place in the log, is in none.
  for (const member of Object.keys(logged)) {
    if (sorted(logged[member]) !== sorted(record[member as keyof AuditRecord])) throw new Unproven('missing');
  }
}

/** The same text for the same value, in whatever order its members stand. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** That an earlier state of the log is the beginning of a later one: nothing was changed, removed or put in between. */
export async function verifyConsistency(from: Head, to: Head, proof: ConsistencyProof): Promise<void> {
  const [fromRoot, toRoot, given] = [decode(from.root), decode(to.root), proof.hashes.map(decode)];
  if (from.size > to.size) throw new Unproven('altered');
  if (from.size === 0) return;
  if (from.size === to.size) {
    if (!equal(fromRoot, toRoot)) throw new Unproven('altered');
    return;
  }
  const hashes = isPowerOfTwo(from.size) ? [fromRoot, ...given] : given;
  let [node, last] = [from.size - 1, to.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [older, newer] = [hashes[0], hashes[0]];
  if (!older || !newer) throw new Unproven('malformed');
  for (const hash of hashes.slice(1)) {
    if (last === 0) throw new Unproven('malformed');
    if (node % 2 === 1 || node === last) {
      older = await hashChildren(hash, older);
      newer = await hashChildren(hash, newer);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else newer = await hashChildren(newer, hash);
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0 || !equal(older, fromRoot) || !equal(newer, toRoot)) throw new Unproven('altered');
}

async function sha256(...parts: Bytes[]): Promise<Bytes> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

const hashChildren = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(Uint8Array.of(1), left, right);
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

function decode(base64: string): Bytes {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw new Unproven('malformed');
  }
}

const equal = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((byte, index) => byte === b[index]);
// Not with bit operators: those work on 32 bits.
const half = (value: number): number => Math.floor(value / 2);
const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));
