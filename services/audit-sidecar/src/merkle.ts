import { createHash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962, section 2: hashing, and which parts of the tree a proof consists of. Sizes and indexes are
 * integers below 2^53; hashes are 32 bytes.
 */
export type Hash = Buffer;

/** Leaves [begin, end) of the tree. */
export interface Range {
  begin: number;
  end: number;
}

export const HASH_SIZE = 32;

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

export const hashLeaf = (entry: string | Buffer): Hash => createHash('sha256').update(LEAF).update(entry).digest();

const hashChildren = (left: Hash, right: Hash): Hash => createHash('sha256').update(NODE).update(left).update(right).digest();

/** MTH of section 2.1, over leaves (or equal-sized subtrees) that are hashed already. */
export function treeHash(hashes: readonly Hash[], begin = 0, end = hashes.length): Hash {
  if (end === begin) return createHash('sha256').digest();
  if (end - begin === 1) return hashes[begin]!;
  const split = begin + splitOf(end - begin);
  return hashChildren(treeHash(hashes, begin, split), treeHash(hashes, split, end));
}

/** The ranges whose hashes prove that leaf `index` is in the tree of `size` leaves: PATH of section 2.1.1. */
export function inclusionPath(index: number, size: number): Range[] {
  const path: Range[] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const split = begin + splitOf(end - begin);
    if (index < split) {
      path.push({ begin: split, end });
      end = split;
    } else {
      path.push({ begin, end: split });
      begin = split;
    }
  }
  return path.reverse();
}

/** The ranges whose hashes prove that the tree of `from` leaves is the beginning of that of `to`: PROOF of section 2.1.2. */
export function consistencyPath(from: number, to: number): Range[] {
  if (from === 0 || from === to) return [];
  const path: Range[] = [];
  let [begin, end] = [0, to];
  while (from !== end) {
    const split = begin + splitOf(end - begin);
    if (from <= split) {
      path.push({ begin: split, end });
      end = split;
    } else {
      path.push({ begin, end: split });
      begin = split;
    }
  }
  // At begin = 0 the remaining range is the earlier tree itself, whose root the verifier has.
  if (begin > 0) path.push({ begin, end });
  return path.reverse();
}

/** Cuts a range of a path into perfect subtrees, left to right; all but the last few paths have only one. */
export function perfectSubtrees({ begin, end }: Range): Range[] {
  const subtrees: Range[] = [];
  for (let at = begin; at < end; ) {
    const next = at + largestPowerOfTwo(end - at);
    subtrees.push({ begin: at, end: next });
    at = next;
  }
  return subtrees;
}

/** The hash of a range from those of its perfect subtrees. */
export const joinSubtrees = (hashes: Hash[]): Hash => hashes.reduceRight((right, left) => hashChildren(left, right));

/** RFC 9162, section 2.1.3.2 */
export function verifyInclusion(proof: { index: number; size: number; leaf: Hash; hashes: Hash[]; root: Hash }): boolean {
  const { index, size, hashes, root } = proof;
  if (index < 0 || index >= size) return false;
  let [node, last, hash] = [index, size - 1, proof.leaf];
  for (const sibling of hashes) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = hashChildren(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = hashChildren(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** RFC 9162, section 2.1.4.2; the empty tree is the beginning of every tree. */
export function verifyConsistency(proof: { from: number; to: number; fromRoot: Hash; toRoot: Hash; hashes: Hash[] }): boolean {
  const { from, to, fromRoot, toRoot } = proof;
  if (from < 0 || from > to) return false;
  if (from === to) return proof.hashes.length === 0 && fromRoot.equals(toRoot);
  if (from === 0) return proof.hashes.length === 0 && fromRoot.equals(treeHash([]));
  const hashes = largestPowerOfTwo(from) === from ? [fromRoot, ...proof.hashes] : proof.hashes;
  let [node, last] = [from - 1, to - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [older, newer] = [hashes[0], hashes[0]];
  if (!older || !newer) return false;
  for (const hash of hashes.slice(1)) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      older = hashChildren(hash, older);
      newer = hashChildren(hash, newer);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newer = hashChildren(newer, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && older.equals(fromRoot) && newer.equals(toRoot);
}

// Not with bit operators: those work on 32 bits.
const half = (value: number) => Math.floor(value / 2);

/** The largest power of two that is not above the value, which is at least 1. */
function largestPowerOfTwo(value: number): number {
  let power = 1;
  while (power * 2 <= value) power *= 2;
  return power;
}

/** The largest power of two below the value, which is at least 2: where section 2.1 splits a list. */
const splitOf = (value: number) => largestPowerOfTwo(value - 1);
