import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyPath,
  type Hash,
  hashLeaf,
  inclusionPath,
  joinSubtrees,
  perfectSubtrees,
  type Range,
  treeHash,
  verifyConsistency,
  verifyInclusion,
} from '../src/merkle.ts';
import { TreeBuilder } from '../src/tile.ts';
import { bruteConsistency, bruteInclusion, bruteRoot } from './brute-tree.ts';

// The vectors of the Certificate Transparency reference implementation for RFC 6962.
const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const INCLUSION = [
  { index: 0, size: 1, path: [] },
  {
    index: 0,
    size: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    path: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  { index: 2, size: 3, path: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'] },
  {
    index: 1,
    size: 5,
    path: [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
];
const CONSISTENCY = [
  { from: 1, to: 1, path: [] },
  {
    from: 1,
    to: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    from: 6,
    to: 8,
    path: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    from: 2,
    to: 5,
    path: [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
];

const LEAVES = ENTRIES.map((entry) => hashLeaf(Buffer.from(entry, 'hex')));
const hex = (hash: Hash) => hash.toString('hex');
const unhex = (text: string) => Buffer.from(text, 'hex');

/** What a range hashes to, as the sidecar computes it: from perfect subtrees. */
const hashOf = (leaves: Hash[]) => (range: Range) =>
  joinSubtrees(perfectSubtrees(range).map(({ begin, end }) => treeHash(leaves, begin, end)));

describe('the vectors of RFC 6962', () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))('root of size %i', (size, root) => {
    expect(hex(treeHash(LEAVES, 0, size))).toBe(root);
    const tree = new TreeBuilder();
    for (const leaf of LEAVES.slice(0, size)) tree.append(leaf);
    expect(hex(tree.root())).toBe(root);
  });

  it.each(INCLUSION)('inclusion of $index in $size', ({ index, size, path }) => {
    expect(inclusionPath(index, size).map(hashOf(LEAVES)).map(hex)).toEqual(path);
    expect(verifyInclusion({ index, size, leaf: LEAVES[index]!, hashes: path.map(unhex), root: unhex(ROOTS[size]!) })).toBe(true);
  });

  it.each(CONSISTENCY)('consistency of $from with $to', ({ from, to, path }) => {
    expect(consistencyPath(from, to).map(hashOf(LEAVES)).map(hex)).toEqual(path);
    const roots = { fromRoot: unhex(ROOTS[from]!), toRoot: unhex(ROOTS[to]!) };
    expect(verifyConsistency({ from, to, ...roots, hashes: path.map(unhex) })).toBe(true);
  });
});

const leavesOf = (size: number) => Array.from({ length: size }, (_, at) => hashLeaf(`leaf ${at}`));
const MANY = leavesOf(70_000);

describe('against a tree made word for word as section 2.1 says', () => {
  it('all roots, paths and proofs up to 40 leaves', () => {
    for (let size = 0; size <= 40; size++) {
      const leaves = MANY.slice(0, size);
      const root = bruteRoot(leaves);
      expect(treeHash(leaves).equals(root)).toBe(true);
      for (let index = 0; index < size; index++) {
        const hashes = inclusionPath(index, size).map(hashOf(leaves));
        expect(hashes).toEqual(bruteInclusion(index, leaves));
        expect(verifyInclusion({ index, size, leaf: leaves[index]!, hashes, root })).toBe(true);
      }
      for (let from = 0; from <= size; from++) {
        const hashes = consistencyPath(from, size).map(hashOf(leaves));
        expect(hashes).toEqual(bruteConsistency(from, leaves));
        const fromRoot = bruteRoot(leaves.slice(0, from));
        expect(verifyConsistency({ from, to: size, fromRoot, toRoot: root, hashes })).toBe(true);
      }
    }
  });

  it('a tree that grows and is resumed anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }), (steps) => {
        const stored = new Map<string, { level: number; index: number; hashes: Hash[] }>();
        let size = 0;
        for (const step of steps) {
          const tree = TreeBuilder.resume(size, [...stored.values()]);
          for (const leaf of MANY.slice(size, size + step)) tree.append(leaf);
          for (const tile of [...tree.completed, ...tree.grown()]) stored.set(`${tile.level}/${tile.index}`, tile);
          size += step;
          expect(tree.root().equals(bruteRoot(MANY.slice(0, size)))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('a tree of three levels of tiles', () => {
    const tree = new TreeBuilder();
    for (const leaf of MANY) tree.append(leaf);
    expect(tree.root().equals(bruteRoot(MANY))).toBe(true);
    // The example of the specification: 273 full tiles and one of 112, one full of level 1 and one of 17, one of 1.
    expect(tree.completed.map(({ level }) => level).filter((level) => level === 0)).toHaveLength(273);
    expect(tree.completed.filter(({ level }) => level === 1)).toHaveLength(1);
    expect(tree.partial().map(({ level, hashes }) => [level, hashes.length])).toEqual([
      [0, 112],
      [1, 17],
      [2, 1],
    ]);
  });

  it('refuses to go on from tiles that are too short', () => {
    expect(() => TreeBuilder.resume(3, [{ level: 0, index: 0, hashes: MANY.slice(0, 2) }])).toThrow('tile 0/0 has 2 of 3 hashes');
  });
});

describe('a proof that is wrong', () => {
  const roots = Array.from({ length: 66 }, (_, size) => bruteRoot(MANY.slice(0, size)));
  /** Every way to break a list of hashes a little. */
  const broken = (hashes: Hash[]): Hash[][] => [
    [...hashes, roots[7]!],
    [roots[7]!, ...hashes],
    ...(hashes.length > 0 ? [hashes.slice(1), hashes.slice(0, -1)] : []),
    ...hashes.map((hash, at) => hashes.with(at, Buffer.from(hash.map((byte, place) => (place === 3 ? byte ^ 1 : byte))))),
    ...(hashes.length > 1 ? [hashes.toReversed()] : []),
  ];

  it('of inclusion is refused', () => {
    for (const size of [1, 2, 3, 7, 8, 33, 64, 65]) {
      for (let index = 0; index < size; index++) {
        const hashes = bruteInclusion(index, MANY.slice(0, size));
        const proof = { index, size, leaf: MANY[index]!, hashes, root: roots[size]! };
        for (const other of broken(hashes)) expect(verifyInclusion({ ...proof, hashes: other })).toBe(false);
        expect(verifyInclusion({ ...proof, leaf: MANY[size]! })).toBe(false);
        expect(verifyInclusion({ ...proof, root: roots[size - 1]! })).toBe(false);
        for (const wrong of [-1, size, index + 1]) expect(verifyInclusion({ ...proof, index: wrong })).toBe(false);
      }
    }
  });

  it('of consistency is refused', () => {
    for (const to of [2, 3, 7, 8, 33, 64, 65]) {
      for (let from = 1; from < to; from++) {
        const hashes = bruteConsistency(from, MANY.slice(0, to));
        const proof = { from, to, fromRoot: roots[from]!, toRoot: roots[to]!, hashes };
        for (const other of broken(hashes)) expect(verifyConsistency({ ...proof, hashes: other })).toBe(false);
        expect(verifyConsistency({ ...proof, fromRoot: roots[from - 1]! })).toBe(false);
        expect(verifyConsistency({ ...proof, toRoot: roots[to - 1]! })).toBe(false);
        expect(verifyConsistency({ ...proof, from: to, to: from })).toBe(false);
      }
    }
    expect(verifyConsistency({ from: 4, to: 4, fromRoot: roots[4]!, toRoot: roots[5]!, hashes: [] })).toBe(false);
    expect(verifyConsistency({ from: 0, to: 4, fromRoot: roots[1]!, toRoot: roots[4]!, hashes: [] })).toBe(false);
  });
});

it('counts beyond 32 bits', () => {
  const size = 2 ** 40 + 5;
  expect(inclusionPath(2 ** 35, size)).toHaveLength(41);
  expect(consistencyPath(2 ** 33 + 1, size).length).toBeLessThan(50);
});
