import type { ConsistencyProof, InclusionProof, VerifierKeys } from '@taskflow/contracts/audit';
import type { Static } from 'typebox';

/*
 * What the server says of its audit log is checked here, in the browser: signatures of checkpoints (C2SP tlog-checkpoint and
 * signed-note, Ed25519) and the Merkle proofs of RFC 9162, 2.1.3.2 and 2.1.4.2. Everything throws Unproven when it does not hold.
 */

export class Unproven extends Error {
  override name = 'Unproven';
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
  if (end < 0 || name !== origin || !/^\d{1,16}$/.test(size ?? '') || !root || rest.join('') !== '') throw new Unproven('no checkpoint');
  const text = utf8(checkpoint.slice(0, end + 1));
  for (const line of checkpoint.slice(end + 2).split('\n')) {
    const [, signer, base64] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    if (!signer || !base64) continue;
    for (const key of keys) if (await isSignedBy(key, signer, decode(base64), text)) return { size: Number(size), root };
  }
  throw new Unproven('not signed by a known key');
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

/** That a record is in the log as it stands. @returns the record as the log has it, and the signed state that it is part of */
export async function verifyInclusion(proof: InclusionProof, keys: Keys): Promise<{ record: unknown; head: Head }> {
  const head = await openCheckpoint(proof.checkpoint, keys);
  const index = proof.leafIndex;
  if (head.size !== proof.treeSize || index < 0 || index >= head.size) throw new Unproven('the proof is of another tree');
  let [node, last, hash] = [index, head.size - 1, await sha256(Uint8Array.of(0), utf8(proof.entry))];
  for (const sibling of proof.hashes.map(decode)) {
    if (last === 0) throw new Unproven('the proof is too long');
    if (node % 2 === 1 || node === last) {
      hash = await hashChildren(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = await hashChildren(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0 || !equal(hash, decode(head.root))) throw new Unproven('the record is not in the log');
  return { record: JSON.parse(proof.entry), head };
}

/** That an earlier state of the log is the beginning of a later one: nothing was changed, removed or put in between. */
export async function verifyConsistency(from: Head, to: Head, proof: ConsistencyProof): Promise<void> {
  const [fromRoot, toRoot, given] = [decode(from.root), decode(to.root), proof.hashes.map(decode)];
  if (from.size > to.size) throw new Unproven('the log is shorter than it was');
  if (from.size === 0) return;
  if (from.size === to.size) {
    if (!equal(fromRoot, toRoot)) throw new Unproven('the log is another one');
    return;
  }
  const hashes = isPowerOfTwo(from.size) ? [fromRoot, ...given] : given;
  let [node, last] = [from.size - 1, to.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [older, newer] = [hashes[0], hashes[0]];
  if (!older || !newer) throw new Unproven('the proof is too short');
  for (const hash of hashes.slice(1)) {
    if (last === 0) throw new Unproven('the proof is too long');
    if (node % 2 === 1 || node === last) {
      older = await hashChildren(hash, older);
      newer = await hashChildren(hash, newer);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else newer = await hashChildren(newer, hash);
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0 || !equal(older, fromRoot) || !equal(newer, toRoot)) throw new Unproven('the log was changed');
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
const decode = (base64: string): Bytes => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const equal = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((byte, index) => byte === b[index]);
// Not with bit operators: those work on 32 bits.
const half = (value: number): number => Math.floor(value / 2);
const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));
