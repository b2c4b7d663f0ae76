import { randomUUID } from 'node:crypto';
import type { AuditRecord, RecordPage } from '@taskflow/contracts/audit';
import { testDatabase } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { withDatabase } from '../src/verify/database-source.ts';
import { verifyLog } from '../src/verify/verify-log.ts';
import { newKey, ORIGIN, record, records, sidecar, signerOf } from './fixtures.ts';

async function log() {
  const [databaseUrl, key] = [await testDatabase('audit-sidecar'), newKey()];
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} });
  afterAll(() => sql.end());
  const verdict = () => withDatabase(sql, (source) => verifyLog(source, { origin: ORIGIN, verifiers: [signerOf(key)] }));
  return { databaseUrl, key, sql, verdict };
}

describe('POST /records', async () => {
  const { databaseUrl, key, sql } = await log();
  const { post, append, json, url } = await sidecar(databaseUrl, key);

  it('200 with the indexes in the order given, again the same for the same records', async () => {
    const first = records(3);
    expect(await append(first)).toEqual({ treeSize: 3, indexes: [0, 1, 2] });
    expect(await append(first)).toEqual({ treeSize: 3, indexes: [0, 1, 2] });
    const [fourth] = records(1);
    // Some known, some new, one twice, in any order; members in another order are the same record.
    const shuffled = Object.fromEntries(Object.entries(first[2]!).reverse()) as AuditRecord;
    expect(await append([fourth!, shuffled, fourth!, first[0]!])).toEqual({ treeSize: 4, indexes: [3, 2, 3, 0] });
  });

  it('keeps what was sent, to the bit', async () => {
    const details = {
      text: 'ä€😀 "\\ \u0000\u001f\u2028',
      number: 1.5e-7,
      negative: -0,
      big: 2 ** 53,
      yes: true,
      no: false,
      none: null,
      empty: '',
    };
    const sent = record({
      details,
      subject: null,
      actorId: null,
      workspaceId: null,
      address: null,
      requestId: null,
      at: '2026-01-01T00:00:00Z',
    });
    const { indexes } = await append([sent]);
    const { items } = await json<RecordPage>('/records?limit=1');
    expect(items[0]).toMatchObject({ leafIndex: indexes[0], record: { ...sent, details: { ...details, negative: 0 } } });
  });

  it.each([
    ['no records', { records: [] }],
    ['too many', { records: records(257) }],
    ['an unknown member', { records: [], more: 1 }],
    ['an unknown member of a record', { records: [{ ...record(), more: 1 }] }],
    ['a missing member', { records: [{ ...record(), action: undefined }] }],
    ['an upper-case id', { records: [record({ id: randomUUID().toUpperCase() })] }],
    ['an id with a prefix', { records: [record({ id: `urn:uuid:${randomUUID()}` })] }],
    ['a time without zone', { records: [record({ at: '2026-01-01T00:00:00' })] }],
    ['a time of another zone', { records: [record({ at: '2026-01-01T00:00:00+02:00' })] }],
    ['a time too fine', { records: [record({ at: '2026-01-01T00:00:00.0001Z' })] }],
    ['the year 0', { records: [record({ at: '0000-01-01T00:00:00Z' })] }],
    ['a day that is none', { records: [record({ at: '2026-02-30T00:00:00Z' })] }],
    ['an action with a space', { records: [record({ action: 'a b' })] }],
    ['an outcome that is none', { records: [{ ...record(), outcome: 'perhaps' }] }],
    ['a subject with NUL', { records: [record({ subject: 'user:\u0000' })] }],
    ['a number as text', { records: [{ ...record(), requestId: 7 }] }],
    ['details in details', { records: [{ ...record(), details: { a: {} } }] }],
    ['a detail with a strange name', { records: [record({ details: { 'a b': 1 } })] }],
    ['too many details', { records: [record({ details: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`k${at}`, at])) })] }],
    ['no JSON', '{"records":'],
  ])('400 for %s', async (_what, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it.each([[undefined], ['Bearer wrong'], ['Basic abc']])('401 with authorization %s', async (authorization) => {
    const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) };
    expect((await fetch(`${url}/records`, { method: 'POST', headers, body: '{}' })).status).toBe(401);
  });

  it('409 for another content under a known id, and takes nothing of that request', async () => {
    const known = record();
    const { treeSize } = await append([known]);
    const fresh = record();
    const answer = await post({ records: [fresh, { ...known, outcome: 'failure' }] });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'record_differs' });
    const twice = record();
    expect((await post({ records: [twice, { ...twice, action: 'other' }] })).status).toBe(409);
    expect(await append([record()])).toEqual({ treeSize: treeSize + 1, indexes: [treeSize] });
  });

  it('409 only for the request that differs, when several go in one commit', async () => {
    const known = record();
    const answers = await Promise.all([
      post({ records: records(2) }),
      post({ records: [known] }),
      post({ records: [record(), { ...known, action: 'other' }] }),
      post({ records: [known, record()] }),
      post({ records: records(2) }),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status === 409).length).toBeGreaterThanOrEqual(1);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 409, 200, 200]);
  });

  it('413 for a body beyond all bounds', async () => {
    expect((await post(' '.repeat(64 * 1024 * 1024 + 1))).status).toBe(413);
  });

  it('415 for another content type', async () => {
    expect((await post('records', { 'content-type': 'application/xml' })).status).toBe(415);
  });

  it('422 for a record that has no canonical form', async () => {
    const answer = await post(`{"records":[${JSON.stringify(record({ details: { text: 'XX' } })).replace('XX', '\\ud800')}]}`);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: 'record_not_encodable' });
  });

  it('500 when the stored tree is not what was signed, and nothing is signed on top; again good when it is', async () => {
    const { treeSize } = await append([record()]);
    await sql.unsafe('alter table tiles disable trigger user');
    const flip = sql`update tiles set hashes = set_byte(hashes, length(hashes) - 1, get_byte(hashes, length(hashes) - 1) # 1) where level = 0`;
    await flip;
    const answer = await post({ records: [record()] });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ code: 'log_damaged' });
    await until(async () => (await fetch(url)).status === 503, { what: 'not ready' });
    expect(await (await fetch(url)).json()).toMatchObject({ failing: ['log'] });
    await sql`update tiles set hashes = set_byte(hashes, length(hashes) - 1, get_byte(hashes, length(hashes) - 1) # 1) where level = 0`;
    expect(await append([record()])).toMatchObject({ treeSize: treeSize + 1 });
    await until(async () => (await fetch(url)).status === 200, { what: 'ready' });
  });

  it('500 when the log was rolled back below what this sidecar has seen', async () => {
    const { treeSize } = await append([record()]);
    await sql.unsafe(
      'alter table records disable trigger user; alter table checkpoints disable trigger user; alter table tiles disable trigger user',
    );
    await sql.begin(async (tx) => {
      await tx`delete from records where leaf_index = ${treeSize - 1}`;
      await tx`delete from checkpoints where size = ${treeSize}`;
      await tx`update tiles set hashes = substring(hashes for length(hashes) - 32) where level = 0`;
    });
    expect((await post({ records: [record()] })).status).toBe(500);
  });
});

describe('the database', async () => {
  const { databaseUrl, key, sql } = await log();
  const { append } = await sidecar(databaseUrl, key);
  await append(records(3));

  it.each([
    'update records set action = action',
    'delete from records',
    'truncate records, checkpoints',
    'update checkpoints set note = note',
    'delete from checkpoints',
    'delete from tiles',
    'truncate tiles',
    "update tiles set hashes = hashes || decode('00', 'hex')",
    'update tiles set hashes = substring(hashes for 32)',
    'update tiles set level = 1',
  ])('refuses: %s', async (statement) => {
    await expect(sql.unsafe(statement)).rejects.toThrow();
  });
});

describe('many appends at once', async () => {
  const { databaseUrl, key, sql, verdict } = await log();

  it('share few commits', async () => {
    const { append } = await sidecar(databaseUrl, key);
    const batches = Array.from({ length: 300 }, (_, at) => records(1 + (at % 3)));
    const answers = await Promise.all(batches.map(append));
    const indexes = answers.flatMap((answer) => answer.indexes);
    expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, at) => at));
    for (const { indexes: own, treeSize } of answers) {
      expect(own).toEqual(own.map((_, at) => own[0]! + at));
      expect(treeSize).toBeGreaterThan(own.at(-1)!);
    }
    const [commits] = await sql`select count(*)::int as count from checkpoints`;
    expect(commits!.count).toBeLessThan(60);
    expect(await verdict()).toMatchObject({ findings: [], size: 600 });
  });
});

describe('several sidecars', async () => {
  const { databaseUrl, key, verdict } = await log();

  it('start together and write one tree', async () => {
    const sidecars = await Promise.all(Array.from({ length: 3 }, () => sidecar(databaseUrl, key)));
    const shared = records(40);
    await Promise.all(
      sidecars.flatMap(({ append }) => [
        ...Array.from({ length: 40 }, () => append(records(2))),
        // What a restarted auth sends again by way of another sidecar.
        ...shared.map((known) => append([known])),
      ]),
    );
    const indexes = await Promise.all(sidecars.map(({ append }) => append(shared)));
    expect(new Set(indexes.map((answer) => answer.indexes.join())).size).toBe(1);
    expect(await verdict()).toMatchObject({ findings: [], size: 3 * 80 + 40 });
  });
});

describe('without a database', () => {
  it('503 with Retry-After, and goes on when it is back', async () => {
    const { databaseUrl, key, sql, verdict } = await log();
    const { append, post } = await sidecar(databaseUrl, key);
    await append(records(1));
    const [{ database }] = (await sql`select current_database() as database`) as unknown as [{ database: string }];
    const admin = postgres(inject('postgresUrl'), { max: 1, onnotice: () => {} });
    await admin.unsafe(`alter database ${database} with allow_connections false`);
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database}`;
    const kept = records(1);
    const answer = await post({ records: kept }, { 'x-timeout-ms': '3000' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    await admin.unsafe(`alter database ${database} with allow_connections true`);
    await admin.end();
    await until(async () => (await post({ records: kept })).status === 200, { ms: 15_000 });
    expect(await append(kept)).toEqual({ treeSize: 2, indexes: [1] });
    expect(await verdict()).toMatchObject({ findings: [], size: 2 });
  });
});
