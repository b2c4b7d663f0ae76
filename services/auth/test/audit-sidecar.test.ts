import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { testDatabase, testService } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import { expect, it } from 'vitest';
import { start } from '../../audit-sidecar/src/main.ts';
import { SERVICE_KEYS, testAuth } from './auth.ts';

const sidecar = await testService(start, {
  secrets: {
    'audit-database-url': await testDatabase('audit'),
    'audit-signing-key': JSON.stringify({ keys: [generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })] }),
    'audit-api-key': SERVICE_KEYS.audit,
  },
});
const auth = await testAuth({ AUDIT_URL: sidecar.url });

const sha256 = (...parts: Array<Buffer | string>) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** RFC 9162, 2.1.3.2: from a leaf up to the root. */
function climb(leaf: Buffer, index: number, size: number, path: Buffer[]): Buffer {
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (node % 2 === 1 || node === last) {
      hash = sha256('\x01', sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node >> 1, last >> 1];
    } else {
      hash = sha256('\x01', hash, sibling);
    }
    [node, last] = [node >> 1, last >> 1];
  }
  expect(last).toBe(0);
  return hash;
}

/** The root of a checkpoint whose signature is good (C2SP signed-note). */
function rootOf(checkpoint: string, verifier: string): Buffer {
  const [text, signature] = checkpoint.split('\n\n') as [string, string];
  const key = Buffer.from(/^[^+]+\+[^+]+\+(.+)$/.exec(verifier)![1]!, 'base64').subarray(1);
  const bytes = Buffer.from(signature.trim().split(' ').at(-1)!, 'base64').subarray(4);
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') }, format: 'jwk' });
  expect(verify(null, Buffer.from(`${text}\n`), publicKey, bytes)).toBe(true);
  return Buffer.from(text.split('\n')[2]!, 'base64');
}

it('what auth did is in the real audit log, and the owner of a workspace can prove it', async () => {
  const ana = await auth.person();
  for (let i = 0; i < 3; i++) await auth.person();
  await until(async () => (await auth.sql`select from audit_records where leaf_index is null`).length === 0, { what: 'delivery' });

  const { items } = (await ana.call('GET', `/auth/audit?workspaceId=${ana.workspaceId}`)).body;
  expect(items).toMatchObject([{ action: 'workspace.created', leafIndex: expect.any(Number) }]);
  const { body: checkpoint } = await ana.call('GET', '/auth/audit/checkpoint');
  const { status, body: proof } = await ana.call('GET', `/auth/audit/${items[0].id}/proof`);
  expect(status).toBe(200);
  const { leafIndex, ...record } = items[0];
  expect(proof.leafIndex).toBe(leafIndex);
  expect(JSON.parse(proof.entry)).toEqual(record);
  const path = proof.hashes.map((hash: string) => Buffer.from(hash, 'base64'));
  const root = climb(sha256('\x00', proof.entry), leafIndex, proof.treeSize, path);
  expect(root).toEqual(rootOf(proof.checkpoint, checkpoint.keys[0]));
  expect(rootOf(checkpoint.checkpoint, checkpoint.keys[0])).toEqual(root);

  const consistency = await ana.call('GET', `/auth/audit/consistency?from=1&to=${proof.treeSize}`);
  expect(consistency).toMatchObject({ status: 200, body: { from: 1, to: proof.treeSize, checkpoint: proof.checkpoint } });
  expect((await ana.call('GET', '/auth/audit/consistency?from=1&to=9999')).status).toBe(422);
});
