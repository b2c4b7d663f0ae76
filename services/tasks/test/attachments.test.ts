import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attachment } from '@taskflow/contracts/tasks';
import { until } from '@taskflow/testing/until';
import { afterAll, describe, expect, it } from 'vitest';
import { tasksService } from './harness.ts';

const MAX = 1_000_000;
const folder = mkdtempSync(join(tmpdir(), 'taskflow-attachments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['the database', {}],
  ['a folder', { ATTACHMENTS_DIR: folder }],
])('kept in %s', async (_where, setting) => {
  const { server, person, events, sql } = await tasksService({ settings: { ...setting, ATTACHMENT_MAX_BYTES: String(MAX) } });
  const workspace = randomUUID();
  const ana = await person({ [workspace]: 'member' });
  const task = await ana.task((await ana.project()).id);
  const url = `${server.url}/tasks/${task.id}/attachments`;
  const authorization = `Bearer ${ana.token}`;

  const upload = async (content: Buffer | ReadableStream, { name = 'plan.bin', type = 'application/octet-stream' } = {}) => {
    const init = {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: content as never,
      duplex: 'half',
    } as RequestInit;
    const response = await fetch(`${url}?name=${encodeURIComponent(name)}`, init);
    return { status: response.status, body: (await response.json()) as Attachment & { code: string } };
  };
  const download = (id: string, headers = {}) => fetch(`${url}/${id}`, { headers: { authorization, ...headers } });
  const rows = async () =>
    (await sql`select (select count(*)::int from attachments) as files, (select count(*)::int from attachment_chunks) as chunks`)[0];

  it.each([0, 1, 255 * 1024, 256 * 1024, 256 * 1024 + 1, MAX])('gives back %i bytes as they were', async (size) => {
    const content = randomBytes(size);
    const { status, body } = await upload(content);
    expect(status).toBe(201);
    expect(body).toMatchObject({ size, sha256: createHash('sha256').update(content).digest('hex') });
    const response = await download(body.id);
    expect(Number(response.headers.get('content-length'))).toBe(size);
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
  });

  it('gives back ranges', async () => {
    const content = randomBytes(600_000);
    const { body } = await upload(content);
    for (const [range, start, end] of [
      ['0-0', 0, 1],
      ['262143-262144', 262_143, 262_145],
      ['500000-', 500_000, 600_000],
      ['-10', 599_990, 600_000],
      ['599999-999999', 599_999, 600_000],
    ] as const) {
      const response = await download(body.id, { range: `bytes=${range}` });
      expect([response.status, response.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end - 1}/600000`]);
      expect(Buffer.from(await response.arrayBuffer()).equals(content.subarray(start, end))).toBe(true);
    }
    expect((await download(body.id, { range: 'bytes=600000-' })).status).toBe(416);
    for (const range of ['bytes=5-1', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=-'])
      expect((await download(body.id, { range })).status).toBe(200);
    expect((await download(body.id, { range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
    expect((await download(body.id, { 'if-none-match': `"${body.sha256}"` })).status).toBe(304);
  });

  it('hands out a page with a script so that no browser runs it here', async () => {
    const { body } = await upload(Buffer.from('<script>alert(1)</script>'), {
      name: 'naïve "plan" (1)*\'.html',
      type: 'text/html; charset=utf-8',
    });
    const { headers } = await download(body.id);
    expect(headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''na%C3%AFve%20%22plan%22%20%281%29%2A%27.html`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
  });

  it('refuses what is too large, of a wrong type, or badly named, and keeps nothing of it', async () => {
    const before = await rows();
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(randomBytes(64 * 1024)) });
    expect((await upload(randomBytes(MAX + 1))).status).toBe(413);
    expect((await upload(endless).catch(() => ({ status: 413 }))).status).toBe(413);
    expect((await upload(Buffer.from('x'), { type: 'application/x-msdownload' })).body.code).toBe('attachment_type_refused');
    for (const name of ['', '../x', 'a\\b', 'a\u0000b', 'x'.repeat(256)])
      expect((await upload(Buffer.from('x'), { name })).status).toBe(400);
    expect(await rows()).toEqual(before);
  });

  it('keeps nothing of an upload that breaks off', async () => {
    const before = await rows();
    const { hostname, port, pathname } = new URL(url);
    const socket = connectSocket(Number(port), hostname);
    socket.write(
      `POST ${pathname}?name=half HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\n\r\n`,
    );
    socket.write(randomBytes(500_000));
    await until(async () => (await sql`select from attachments where sha256 is null`).length === 1, { what: 'the upload to begin' });
    socket.destroy();
    await until(async () => JSON.stringify(await rows()) === JSON.stringify(before), { what: 'the rest to be removed' });
  });

  it('lists and deletes', async () => {
    const list = async () =>
      (await ana.call<{ items: Attachment[] }>('GET', `/tasks/${task.id}/attachments`)).body.items.map(({ id }) => id);
    const { body } = await upload(Buffer.from('x'));
    expect(await list()).toContain(body.id);
    expect((await ana.call('DELETE', `/tasks/${task.id}/attachments/${body.id}`)).status).toBe(204);
    expect(await list()).not.toContain(body.id);
    expect((await download(body.id)).status).toBe(404);
    expect(await sql`select from attachment_chunks where attachment_id = ${body.id}`).toHaveLength(0);
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).includes(body.id))).toEqual([]);
    expect((await events(task.id)).slice(-2).map(({ type }) => type)).toEqual(['attachment.created', 'attachment.deleted']);
  });
});
