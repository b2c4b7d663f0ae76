import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordPage, VerifierKeys } from '@taskflow/contracts/audit';
import { testDatabase, testSecrets, testService } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/checkpoint.ts';
import { start } from '../src/main.ts';
import { formatVerifier } from '../src/note.ts';
import { verify } from '../src/verify/command.ts';
import { withDatabase } from '../src/verify/database-source.ts';
import { verifyLog } from '../src/verify/verify-log.ts';
import { callsTo, keyFile, newKey, ORIGIN, records, secretsOf, sidecar, signerOf } from './fixtures.ts';

describe('rotation of the signing key', async () => {
  const [old, young] = [newKey(), newKey()];
  const databaseUrl = await testDatabase('audit-sidecar');
  const SECRETS_DIR = testSecrets(secretsOf(databaseUrl, old));
  const server = await testService(start, { settings: { SECRETS_DIR } });
  const other = await sidecar(databaseUrl, old);
  const { append, json, get } = callsTo(server.url);
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  afterAll(() => sql.end());

  const keysNow = async () => (await json<VerifierKeys>('/keys')).keys;
  const setKeys = async (...keys: object[]) => {
    writeFileSync(join(SECRETS_DIR, 'audit-signing-key'), keyFile(...keys));
    const expected = keys.map((key) => formatVerifier(signerOf(key)));
    await until(async () => (await keysNow()).join() === expected.join(), { what: 'the new keys' });
  };
  const checkpoint = async () => (await get('/checkpoint')).text();

  it('begins with both: a checkpoint of both appears though nothing else happens, and the log records it', async () => {
    await append(records(2));
    await setKeys(young, old);
    await until(async () => openCheckpoint(ORIGIN, await checkpoint(), [signerOf(old), signerOf(young)]).signedBy.length === 2);
    const { items } = await json<RecordPage>('/records?limit=1');
    const ids = [young, old].map((key) => signerOf(key).id.toString('hex')).join(' ');
    expect(items[0]).toMatchObject({ leafIndex: 2, record: { action: 'audit.signing-keys-changed', details: { keys: ids } } });
  });

  it('a sidecar that has only the old key goes on', async () => {
    expect((await other.append(records(1))).indexes).toEqual([3]);
    expect((await append(records(1))).indexes).toEqual([4]);
  });

  it('ends with the new one alone, which goes on from what both signed', async () => {
    await setKeys(young);
    expect((await append(records(1))).indexes).toEqual([5]);
    const note = await checkpoint();
    expect(openCheckpoint(ORIGIN, note, [signerOf(young)]).size).toBe(6);
    expect(() => openCheckpoint(ORIGIN, note, [signerOf(old)])).toThrow('no known key');
  });

  it('whoever knows both keys verifies all of it, and with the new one only what it signed', async () => {
    const verdict = (...keys: object[]) =>
      withDatabase(sql, (source) => verifyLog(source, { origin: ORIGIN, verifiers: keys.map((key) => signerOf(key)) }));
    expect(await verdict(old, young)).toMatchObject({ findings: [], size: 6 });
    expect((await verdict(young)).wrong).toBeGreaterThan(0);
  });

  it('of a retired key the public part stays: it signs nothing more, and audit verify knows it', async () => {
    const { d: _, ...retired } = old as { d: string };
    const verdict = async () => {
      const said: string[] = [];
      const code = await verify([], { SECRETS_DIR }, { line: (text) => said.push(text), error: (text) => said.push(text) });
      return { code, said: said.join('\n') };
    };
    expect(await verdict()).toMatchObject({ code: 1, said: expect.stringContaining('no known key has signed the note') });
    writeFileSync(join(SECRETS_DIR, 'audit-signing-key'), keyFile(young, retired));
    expect(await verdict()).toEqual({ code: 0, said: expect.stringMatching(/^intact: 6 records/) });
    const restarted = await testService(start, { settings: { SECRETS_DIR } });
    expect((await callsTo(restarted.url).append(records(1))).indexes).toEqual([6]);
    expect((await keysNow()).length).toBe(1);
    expect(await verdict()).toEqual({ code: 0, said: expect.stringMatching(/^intact: 7 records/) });
  });

  it('a file that cannot be used changes nothing', async () => {
    const before = await keysNow();
    const errors: unknown[] = [];
    server.log.error = (...args: unknown[]) => void errors.push(args);
    writeFileSync(join(SECRETS_DIR, 'audit-signing-key'), '{"keys":[]}');
    await until(() => errors.length > 0, { what: 'a word about it' });
    expect(await keysNow()).toEqual(before);
    expect((await append(records(1))).indexes).toEqual([7]);
  });
});

describe('a key that the log does not know', async () => {
  const databaseUrl = await testDatabase('audit-sidecar');
  const { append } = await sidecar(databaseUrl);
  await append(records(1));

  it('does not become ready, and signs nothing', async () => {
    const stranger = await start({
      PORT: '0',
      OPERATIONS_PORT: '0',
      LOG_LEVEL: 'silent',
      ENVIRONMENT: 'test',
      DRAIN_SECONDS: '0',
      SECRETS_DIR: testSecrets(secretsOf(databaseUrl, newKey())),
    });
    afterAll(() => stranger.shutdown());
    await stranger.open();
    await until(async () => {
      const answer = await fetch(stranger.url);
      return answer.status === 503 && ((await answer.json()) as { failing?: string[] }).failing?.includes('log');
    });
    expect((await callsTo(stranger.url).post({ records: records(1) })).status).toBe(503);
  });

  it.each([['not JSON'], ['{}'], ['{"keys":[]}'], ['{"keys":[{"kty":"oct","k":"AAAA"}]}']])(
    'stops the start when it is none: %s',
    async (file) => {
      const secrets = testSecrets({ ...secretsOf(databaseUrl), 'audit-signing-key': file });
      await expect(start({ LOG_LEVEL: 'silent', SECRETS_DIR: secrets })).rejects.toThrow(
        /audit-signing-key cannot be used .*expected a JWK set/,
      );
    },
  );
});
