import type { AuditRecord, ConsistencyProof, InclusionProof, RecordPage, VerifierKeys } from '@taskflow/contracts/audit';
import { expectValidOpenApi } from '@taskflow/testing/openapi';
import { testDatabase } from '@taskflow/testing/service';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/checkpoint.ts';
import { canonicalJson } from '../src/entry.ts';
import { hashLeaf, treeHash, verifyConsistency, verifyInclusion } from '../src/merkle.ts';
import { parseVerifier } from '../src/note.ts';
import { decodeBundle } from '../src/tile-path.ts';
import { bruteRoot } from './brute-tree.ts';
import { newKey, ORIGIN, record, sidecar, signerOf } from './fixtures.ts';

const key = newKey();
const { server, append, get, json } = await sidecar(await testDatabase('audit-sidecar'), key);

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const rootOf = (note: string) => openCheckpoint(ORIGIN, note, [signerOf(key)]);

const actor = crypto.randomUUID();
const workspace = crypto.randomUUID();
const all: AuditRecord[] = Array.from({ length: 600 }, (_, at) =>
  record({
    at: new Date(Date.UTC(2026, 0, 1, 0, at)).toISOString(),
    action: at % 3 ? 'session.created' : 'member.role-changed',
    outcome: at % 5 ? 'success' : 'failure',
    ...(at % 7 ? {} : { actorId: actor }),
    ...(at % 11 ? {} : { workspaceId: workspace }),
  }),
);
const sizes = [0];
const leaves = all.map((item) => hashLeaf(canonicalJson(item)));

describe('before the first record', () => {
  it('there is a signed empty tree, and nothing else', async () => {
    expect(rootOf(await (await get('/checkpoint')).text())).toMatchObject({ size: 0, root: treeHash([]) });
    expect(await json('/records')).toEqual({ items: [], nextCursor: null });
    expect(await json('/consistency?from=0')).toMatchObject({ from: 0, to: 0, hashes: [] });
    expect((await get('/tile/0/000.p/1')).status).toBe(404);
  });
});

describe('with records', () => {
  beforeAll(async () => {
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 200],
      [200, 256],
      [256, 500],
      [500, 600],
    ]) {
      sizes.push((await append(all.slice(from, to))).treeSize);
    }
  });

  it.each(['/records', '/checkpoint', '/keys', '/consistency?from=0', '/tile/0/000', `/records/${all[0]!.id}/proof`])(
    '401 without key: %s',
    async (path) => {
      expect((await fetch(`${server.url}${path}`)).status).toBe(401);
    },
  );

  describe('GET /records', () => {
    const list = async (query: string) => (await json<RecordPage>(`/records?${query}`)).items;
    const expected = (matches: (item: AuditRecord, at: number) => boolean) => all.filter(matches).toReversed();

    it.each([
      ['limit=200', () => true, 200],
      [`limit=200&actorId=${actor}`, (item: AuditRecord) => item.actorId === actor, 86],
      [`limit=200&workspaceId=${workspace}`, (item: AuditRecord) => item.workspaceId === workspace, 55],
      ['limit=200&action=member.role-changed', (item: AuditRecord) => item.action === 'member.role-changed', 200],
      ['limit=200&outcome=failure', (item: AuditRecord) => item.outcome === 'failure', 120],
      [
        'limit=200&from=2026-01-01T01:00:00Z&to=2026-01-01T02:00:00.000Z',
        ({ at }: AuditRecord) => at >= '2026-01-01T01' && at < '2026-01-01T02',
        60,
      ],
      [
        `limit=200&outcome=failure&action=session.created&actorId=${actor}`,
        (item: AuditRecord) => item.outcome === 'failure' && item.action === 'session.created' && item.actorId === actor,
        12,
      ],
      [`actorId=${workspace}`, () => false, 0],
    ])('by %s', async (query, matches, count) => {
      const items = await list(query);
      expect(items.map((item) => item.record)).toEqual(expected(matches).slice(0, 200));
      expect(items).toHaveLength(count);
      for (const { leafIndex, leafHash } of items) expect(leafHash).toBe(leaves[leafIndex]!.toString('base64'));
    });

    it('page by page, each record once, though records come in between', async () => {
      const seen: number[] = [];
      for (let cursor = ''; ; ) {
        const page: RecordPage = await json(`/records?limit=70${cursor}`);
        seen.push(...page.items.map(({ leafIndex }) => leafIndex));
        if (page.nextCursor === null) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      expect(seen).toEqual(all.map((_, at) => 599 - at));
    });

    it.each(['cursor=x', 'cursor=WyJhIl0', 'limit=0', 'limit=201', 'outcome=maybe', 'actorId=me', 'from=yesterday', 'action=A%20b'])(
      '400 for %s',
      async (query) => {
        expect((await get(`/records?${query}`)).status).toBe(400);
      },
    );
  });

  describe('GET /records/:id/proof', () => {
    it.each([0, 1, 3, 255, 256, 499, 511, 512, 599])('of record %i verifies', async (index) => {
      const proof = await json<InclusionProof>(`/records/${all[index]!.id}/proof`);
      expect(JSON.parse(proof.entry)).toEqual(all[index]);
      expect(proof).toMatchObject({ leafIndex: index, treeSize: 600 });
      const { size, root } = rootOf(proof.checkpoint);
      const leaf = hashLeaf(proof.entry);
      expect(bytes(proof.leafHash)).toEqual(leaf);
      expect(verifyInclusion({ index, size, leaf, hashes: proof.hashes.map(bytes), root })).toBe(true);
    });

    it('in an earlier signed tree', async () => {
      const proof = await json<InclusionProof>(`/records/${all[1]!.id}/proof?treeSize=200`);
      const { size, root } = rootOf(proof.checkpoint);
      expect(size).toBe(200);
      expect(root).toEqual(bruteRoot(leaves.slice(0, 200)));
      expect(verifyInclusion({ index: 1, size, leaf: leaves[1]!, hashes: proof.hashes.map(bytes), root })).toBe(true);
    });

    it('400 for what is no id, 404 for an unknown one, 422 for a tree that was not signed or does not have it', async () => {
      expect((await get('/records/first/proof')).status).toBe(400);
      expect((await get(`/records/${crypto.randomUUID()}/proof`)).status).toBe(404);
      for (const treeSize of [199, 200, 601]) {
        const answer = await get(`/records/${all[300]!.id}/proof?treeSize=${treeSize}`);
        expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([422, 'no_such_tree']);
      }
    });
  });

  describe('GET /consistency', () => {
    it('verifies between all signed trees', async () => {
      const roots = sizes.map((size) => bruteRoot(leaves.slice(0, size)));
      for (const [i, from] of sizes.entries()) {
        for (const [j, to] of sizes.entries()) {
          if (from > to) continue;
          const proof = await json<ConsistencyProof>(`/consistency?from=${from}&to=${to}`);
          expect(rootOf(proof.checkpoint!)).toMatchObject({ size: to, root: roots[j] });
          expect(verifyConsistency({ from, to, fromRoot: roots[i]!, toRoot: roots[j]!, hashes: proof.hashes.map(bytes) })).toBe(true);
        }
      }
    });

    it('between sizes that were not signed, and to the newest when it is not said', async () => {
      const proof = await json<ConsistencyProof>('/consistency?from=77&to=333');
      expect(proof.checkpoint).toBeNull();
      const [fromRoot, toRoot] = [bruteRoot(leaves.slice(0, 77)), bruteRoot(leaves.slice(0, 333))];
      expect(verifyConsistency({ from: 77, to: 333, fromRoot, toRoot, hashes: proof.hashes.map(bytes) })).toBe(true);
      expect(await json('/consistency?from=600')).toMatchObject({ from: 600, to: 600, hashes: [] });
    });

    it.each([
      ['', 400],
      ['from=-1', 400],
      ['from=1.5', 400],
      ['from=10&to=9', 422],
      ['from=0&to=601', 422],
      ['from=601', 422],
    ])('%s: %i', async (query, status) => {
      expect((await get(`/consistency?${query}`)).status).toBe(status);
    });
  });

  describe('tiles', () => {
    it('hold the hashes, whole and in part', async () => {
      const full = await get('/tile/0/001');
      expect(full.headers.get('content-type')).toBe('application/octet-stream');
      expect(full.headers.get('cache-control')).toContain('immutable');
      expect(Buffer.from(await full.arrayBuffer())).toEqual(Buffer.concat(leaves.slice(256, 512)));
      const part = Buffer.from(await (await get('/tile/0/000.p/4')).arrayBuffer());
      expect(part).toEqual(Buffer.concat(leaves.slice(0, 4)));
      const above = Buffer.from(await (await get('/tile/1/000.p/2')).arrayBuffer());
      expect(above).toEqual(Buffer.concat([bruteRoot(leaves.slice(0, 256)), bruteRoot(leaves.slice(256, 512))]));
    });

    it('hold the entries', async () => {
      const bundle = Buffer.from(await (await get('/tile/entries/002.p/88')).arrayBuffer());
      expect(decodeBundle(bundle).map(hashLeaf)).toEqual(leaves.slice(512, 600));
      expect(decodeBundle(Buffer.from(await (await get('/tile/entries/000')).arrayBuffer()))).toHaveLength(256);
    });

    it.each([
      '0/002',
      '0/002.p/89',
      '0/003.p/1',
      '1/000',
      '1/000.p/3',
      '2/000.p/1',
      'entries/002',
      'entries/002.p/89',
      '0/0',
      '9/9',
      '0/x000/001',
    ])('404 for %s', async (path) => {
      expect((await get(`/tile/${path}`)).status).toBe(404);
    });
  });

  it('GET /checkpoint is text, or JSON for who asks for it', async () => {
    const text = await get('/checkpoint');
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const note = await text.text();
    expect(rootOf(note)).toMatchObject({ size: 600, root: bruteRoot(leaves) });
    const answer = await get('/checkpoint', { accept: 'application/json' });
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toBe(note);
  });

  it('GET /keys verifies checkpoints', async () => {
    const { origin, keys } = await json<VerifierKeys>('/keys');
    expect(origin).toBe(ORIGIN);
    const note = await (await get('/checkpoint')).text();
    expect(openCheckpoint(origin, note, keys.map(parseVerifier)).size).toBe(600);
  });

  it('every operation is described', async () => {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.toSorted()).toEqual([
      'get /checkpoint',
      'get /consistency',
      'get /keys',
      'get /records',
      'get /records/{id}/proof',
      'get /tile/{*}',
      'post /records',
    ]);
    await expectValidOpenApi(document);
  });
});
