import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { AuditRecord } from '@taskflow/contracts/audit';
import { describe, expect, it } from 'vitest';
import { type Head, openCheckpoint, Unproven, verifyConsistency, verifyRecord } from '../src/audit/verify.ts';

// The definitions of RFC 6962, section 2.1, as slow as they are written there.
const sha256 = (...parts: Array<Buffer | string>): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const leafOf = (entry: string) => sha256(Buffer.from([0]), entry);
const splitOf = (size: number) => 2 ** Math.ceil(Math.log2(size) - 1);

function treeHash(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  const split = splitOf(leaves.length);
  return sha256(Buffer.from([1]), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

function path(index: number, leaves: Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...path(index, leaves.slice(0, split)), treeHash(leaves.slice(split))]
    : [...path(index - split, leaves.slice(split)), treeHash(leaves.slice(0, split))];
}

function consistency(from: number, leaves: Buffer[], isWhole = true): Buffer[] {
  if (from === leaves.length) return isWhole ? [] : [treeHash(leaves)];
  const split = splitOf(leaves.length);
  return from <= split
    ? [...consistency(from, leaves.slice(0, split), isWhole), treeHash(leaves.slice(split))]
    : [...consistency(from - split, leaves.slice(split), false), treeHash(leaves.slice(0, split))];
}

const ORIGIN = 'taskflow/audit';
const keys = generateKeyPairSync('ed25519');
const raw = keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
const keyId = sha256(`${ORIGIN}\n`, Buffer.from([1]), raw).subarray(0, 4);
const known = { origin: ORIGIN, keys: [`${ORIGIN}+${keyId.toString('hex')}+${Buffer.concat([Buffer.from([1]), raw]).toString('base64')}`] };

function checkpoint({ size, root }: Head, by: KeyObject = keys.privateKey): string {
  const text = `${ORIGIN}\n${size}\n${root}\n`;
  return `${text}\n— ${ORIGIN} ${Buffer.concat([keyId, sign(null, Buffer.from(text), by)]).toString('base64')}\n`;
}

const record = (index: number) =>
  ({ id: `record ${index}`, action: 'session.created', actorId: 'ana', details: { a: 1, b: 2 } }) as unknown as AuditRecord;
const entries = Array.from({ length: 21 }, (_, index) => JSON.stringify(record(index)));
const leaves = entries.map(leafOf);
const headOf = (size: number): Head => ({ size, root: treeHash(leaves.slice(0, size)).toString('base64') });
const base64 = (hashes: Buffer[]) => hashes.map((hash) => hash.toString('base64'));

const inclusion = (index: number, size: number, signed = checkpoint(headOf(size))) => ({
  leafIndex: index,
  leafHash: leaves[index]!.toString('base64'),
  entry: entries[index]!,
  treeSize: size,
  hashes: base64(path(index, leaves.slice(0, size))),
  checkpoint: signed,
});

describe('the audit log, verified in the browser', () => {
  it('every record of trees of every size is proven', async () => {
    for (let size = 1; size <= entries.length; size++) {
      for (let index = 0; index < size; index++) {
        await verifyRecord(record(index), inclusion(index, size), known);
      }
    }
  });

  it('a record that was changed, a proof of another place, and one hash more or less are refused', async () => {
    const proof = inclusion(5, 13);
    const wrong = [
      { ...proof, entry: proof.entry.replace('record 5', 'record 6') },
      { ...proof, leafIndex: 4 },
      { ...proof, leafIndex: 13 },
      { ...proof, treeSize: 12 },
      { ...proof, hashes: proof.hashes.slice(1) },
      { ...proof, hashes: ['no base64!', ...proof.hashes.slice(1)] },
      { ...proof, hashes: [...proof.hashes, proof.hashes[0]!] },
    ];
    for (const each of wrong) await expect(verifyRecord(record(5), each, known)).rejects.toThrow(Unproven);
    const shown = [
      { ...record(5), action: 'other' },
      { ...record(5), details: { a: 1, b: 3 } },
      { ...record(5), actorId: null },
      record(4),
    ];
    for (const each of shown) await expect(verifyRecord(each, proof, known)).rejects.toThrow('missing');
    await verifyRecord({ ...record(5), details: { b: 2, a: 1 } }, proof, known); // in whatever order the members stand
  });

  it('a checkpoint of another key, of another log, or with another text is refused', async () => {
    const good = checkpoint(headOf(13));
    expect(await openCheckpoint(good, known)).toEqual(headOf(13));
    const other = generateKeyPairSync('ed25519').privateKey;
    const wrong = [
      checkpoint(headOf(13), other),
      good.replace('\n13\n', '\n14\n'),
      good.replace(ORIGIN, 'other'),
      good.split('\n\n')[0]!,
      '',
    ];
    for (const each of wrong) await expect(openCheckpoint(each, known)).rejects.toThrow(Unproven);
  });

  it('every earlier state is the beginning of every later one, and no other is', async () => {
    for (let to = 1; to <= entries.length; to++) {
      for (let from = 0; from <= to; from++) {
        const hashes = from === 0 ? [] : base64(consistency(from, leaves.slice(0, to)));
        const proof = { from, to, hashes, checkpoint: null };
        await verifyConsistency(headOf(from), headOf(to), proof);
        if (from === 0) continue;
        const changed = { size: from, root: leafOf('changed').toString('base64') };
        await expect(verifyConsistency(changed, headOf(to), proof)).rejects.toThrow(Unproven);
      }
    }
    await expect(verifyConsistency(headOf(5), headOf(4), { from: 5, to: 4, hashes: [], checkpoint: null })).rejects.toThrow('altered');
    await expect(verifyConsistency(headOf(5), headOf(9), { from: 5, to: 9, hashes: [], checkpoint: null })).rejects.toThrow(Unproven);
  });
});
