import { createHash } from 'node:crypto';

// RFC 6962, section 2.1, as it is written there and without a thought for speed: the measure for the real one.

const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** MTH over leaf hashes. */
export function bruteRoot(d: Buffer[]): Buffer {
  if (d.length === 0) return sha256();
  if (d.length === 1) return d[0]!;
  const k = split(d.length);
  return sha256(Buffer.from([1]), bruteRoot(d.slice(0, k)), bruteRoot(d.slice(k)));
}

/** PATH(m, D[n]) */
export function bruteInclusion(m: number, d: Buffer[]): Buffer[] {
  if (d.length <= 1) return [];
  const k = split(d.length);
  return m < k
    ? [...bruteInclusion(m, d.slice(0, k)), bruteRoot(d.slice(k))]
    : [...bruteInclusion(m - k, d.slice(k)), bruteRoot(d.slice(0, k))];
}

/** PROOF(m, D[n]); empty for m = 0, which section 2.1.2 leaves out. */
export function bruteConsistency(m: number, d: Buffer[]): Buffer[] {
  return m === 0 ? [] : subproof(m, d, true);
}

function subproof(m: number, d: Buffer[], whole: boolean): Buffer[] {
  if (m === d.length) return whole ? [] : [bruteRoot(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), whole), bruteRoot(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), bruteRoot(d.slice(0, k))];
}
