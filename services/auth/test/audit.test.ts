import { randomUUID } from 'node:crypto';
import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { testAuditLog } from './audit-log.ts';
import { PASSWORD, seen, testAuth } from './auth.ts';

const log = await testAuditLog();
const auth = await testAuth({ AUDIT_URL: log.url });
const away = await testAuth({ AUDIT_URL: 'http://127.0.0.1:9' });
const { call, sql } = auth;

const undelivered = async () => (await sql`select from audit_records where leaf_index is null`).length;
const delivered = () => until(async () => (await undelivered()) === 0, { what: 'delivery of all audit records' });

describe('the relay', () => {
  it('delivers every record, in order, with what the contract asks', async () => {
    const ana = await auth.person();
    await call(
      'POST',
      '/auth/login',
      { email: ana.email, password: 'wrong' },
      { 'x-forwarded-for': '203.0.113.5', 'x-request-id': 'request-12345' },
    );
    await delivered();
    const rows = await sql`select id, leaf_index::int as index from audit_records order by xid, seq`;
    expect(rows.map(({ id }) => id)).toEqual(log.records.map(({ id }) => id));
    expect(rows.map(({ index }) => index)).toEqual(rows.map((_row, index) => index));
    expect(log.records.at(-1)).toEqual({
      id: expect.any(String),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      action: 'session.created',
      outcome: 'failure',
      actorId: null,
      subject: `user:${ana.user.id}`,
      workspaceId: null,
      address: '203.0.113.5',
      requestId: 'request-12345',
      details: { reason: 'credentials', account: expect.any(String) },
    });
    expect(JSON.stringify(log.records)).not.toContain(ana.email);
    expect(JSON.stringify(log.records)).not.toContain('Ana Example');
  });

  it.each(['unavailable', 'loses answers'] as const)('loses and doubles nothing while the log is one that %s', async (mode) => {
    await delivered();
    log.mode = mode;
    await Promise.all(Array.from({ length: 5 }, () => auth.person()));
    const { batches } = log;
    if (mode === 'loses answers') await until(() => log.batches > batches + 1, { what: 'another attempt' });
    expect(await undelivered()).toBeGreaterThan(0);
    log.mode = 'works';
    await delivered();
    const ids = log.records.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const rows = await sql`select id from audit_records order by xid, seq`;
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  it('holds back no reader of an outbox while the log hangs', async () => {
    await delivered();
    log.mode = 'hangs';
    await auth.person();
    await until(async () => (await sql`select from pg_locks where locktype = 'advisory' and objid = 72814473`).length > 0, {
      what: 'the relay at work',
    });
    const [row] = await sql`select pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot()) as free`;
    expect(row).toEqual({ free: true });
    log.mode = 'works';
    log.cut();
  });
});

describe('GET /auth/audit', () => {
  it('200 for administrators: everything, filtered, newest first, in pages', async () => {
    const [administrator, ana] = [await auth.administrator(), await auth.person()];
    await ana.call('POST', '/auth/tokens', { name: 'ci', scopes: ['read'] });
    await delivered();
    const read = async (query: string) => (await administrator.call('GET', `/auth/audit?${query}`)).body;
    const { items } = await read(`actorId=${ana.user.id}`);
    expect(items.map(({ action }: { action: string }) => action)).toEqual([
      'api-token.created',
      'session.created',
      'workspace.created',
      'account.created',
    ]);
    expect((await read(`actorId=${ana.user.id}&action=session`)).items).toHaveLength(1);
    expect((await read(`actorId=${ana.user.id}&action=session.created`)).items).toHaveLength(1);
    expect((await read(`actorId=${ana.user.id}&action=sess`)).items).toHaveLength(0);
    expect((await read(`actorId=${ana.user.id}&outcome=failure`)).items).toHaveLength(0);
    expect((await read(`actorId=${ana.user.id}&to=${items[3].at}`)).items).toHaveLength(0);
    expect((await read(`actorId=${ana.user.id}&from=${items[3].at}`)).items).toHaveLength(4);
    const first = await read(`actorId=${ana.user.id}&limit=3`);
    expect((await read(`actorId=${ana.user.id}&limit=3&cursor=${first.nextCursor}`)).items).toEqual([items[3]]);
    expect((await administrator.call('GET', '/auth/audit?cursor=x')).status).toBe(400);
  });

  it('200 for owners: what happened in their workspace; 403 for everything else, 404 for another workspace', async () => {
    const [ana, bo] = [await auth.person(), await auth.person()];
    await ana.call('PATCH', `/auth/workspaces/${ana.workspaceId}`, { name: 'New' }, seen(1));
    const { body } = await ana.call('GET', `/auth/audit?workspaceId=${ana.workspaceId}`);
    expect(body.items.map(({ action }: { action: string }) => action)).toEqual(['workspace.updated', 'workspace.created']);
    expect((await ana.call('GET', '/auth/audit')).status).toBe(403);
    expect((await ana.call('GET', `/auth/audit?workspaceId=${bo.workspaceId}`)).status).toBe(404);
  });
});

describe('proofs', () => {
  const find = async (workspaceId: string) =>
    (await sql<Array<{ id: string }>>`select id from audit_records where workspace_id = ${workspaceId}`)[0]!.id;

  it('200 for administrators and for owners of the workspace; 404 for others', async () => {
    const [administrator, ana, bo] = [await auth.administrator(), await auth.person(), await auth.person()];
    await delivered();
    const id = await find(ana.workspaceId);
    const leafIndex = log.records.findIndex((record) => record.id === id);
    expect(await administrator.call('GET', `/auth/audit/${id}/proof`)).toMatchObject({ status: 200, body: { leafIndex } });
    expect(await ana.call('GET', `/auth/audit/${id}/proof?treeSize=5`)).toMatchObject({ status: 200, body: { leafIndex } });
    expect((await bo.call('GET', `/auth/audit/${id}/proof`)).status).toBe(404);
    expect((await administrator.call('GET', `/auth/audit/${randomUUID()}/proof`)).status).toBe(404);
  });

  it('409 while the record is on its way, 503 while the log is away', async () => {
    log.mode = 'unavailable';
    const ana = await auth.person();
    expect(await ana.call('GET', `/auth/audit/${await find(ana.workspaceId)}/proof`)).toMatchObject({
      status: 409,
      body: { code: 'not_yet_logged' },
    });
    log.mode = 'works';
    const reply = await (await away.person()).call('GET', '/auth/audit/checkpoint');
    expect(reply).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
  });

  it('checkpoint and consistency: 200 for who may read some records, 403 for others, 422 for what cannot be', async () => {
    const ana = await auth.person();
    const { body } = await ana.call('POST', `/auth/workspaces/${ana.workspaceId}/invitations`, {});
    const member = await auth.person({ invitation: body.token });
    expect(await ana.call('GET', '/auth/audit/checkpoint')).toMatchObject({
      status: 200,
      body: { checkpoint: 'origin\n1\nhash\n', origin: 'origin', keys: ['origin+1+x'] },
    });
    expect(await ana.call('GET', '/auth/audit/consistency?from=1&to=3')).toMatchObject({ status: 200, body: { from: 1, to: 3 } });
    expect((await ana.call('GET', '/auth/audit/consistency?from=4&to=3')).status).toBe(422);
    expect((await ana.call('GET', '/auth/audit/consistency?from=x')).status).toBe(400);
    expect((await member.call('GET', '/auth/audit/checkpoint')).status).toBe(403);
    expect((await member.call('GET', '/auth/audit/consistency?from=1')).status).toBe(403);
  });
});

it('what fails leaves no record of success', async () => {
  const ana = await auth.person();
  const count = async () => (await sql`select from audit_records where outcome = 'success'`).length;
  const before = await count();
  await call('POST', '/auth/register', { email: ana.email, password: PASSWORD, name: 'Ana' });
  await ana.call('DELETE', `/auth/workspaces/${ana.workspaceId}/members/${ana.user.id}`, undefined, seen(1));
  await ana.call('PATCH', '/auth/me', { name: 'x' }, seen(9));
  expect(await count()).toBe(before);
});
