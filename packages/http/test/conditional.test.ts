import { testServer } from '@taskflow/testing/http-server';
import { beforeAll, expect, it } from 'vitest';
import { etag, ifMatchVersion, notModified, stale } from '../src/conditional.ts';
import { decodeCursor, encodeCursor, toPage } from '../src/paging.ts';
import type { Server } from '../src/server.ts';

let app: Server;
beforeAll(async () => {
  app = await testServer((server) => {
    server.get('/thing', async (request, reply) => (notModified(request, reply, etag(3)) ? reply : { version: 3 }));
    server.patch('/thing', async (request) => {
      if (ifMatchVersion(request) !== 3) throw stale({ version: 3 });
      return { version: 4 };
    });
  });
});
const get = (tag: string) => fetch(`${app.url}/thing`, { headers: { 'if-none-match': tag } });
const patch = (tag?: string) => fetch(`${app.url}/thing`, { method: 'PATCH', headers: tag === undefined ? {} : { 'if-match': tag } });

it('304 for the version that the client has, weak or one of several', async () => {
  for (const tag of ['"3"', 'W/"3"', '"1", "3"']) {
    const answer = await get(tag);
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([304, '"3"', '']);
  }
  expect((await get('"2"')).status).toBe(200);
});

it('428, 400, 412 with the current representation, or the change', async () => {
  expect((await patch()).status).toBe(428);
  for (const tag of ['3', '"x"', '*', '"3", "4"', '"9999999999999999"']) expect((await patch(tag)).status, tag).toBe(400);
  const old = await patch('"2"');
  expect([old.status, old.headers.get('etag')]).toEqual([412, '"3"']);
  expect(await old.json()).toMatchObject({ code: 'precondition_failed', current: { version: 3 } });
  expect((await patch('"3"')).status).toBe(200);
  expect((await patch('"999999999999999"')).status).toBe(412); // more than the database can compare with
});

it('pages know their successor and only their own cursors', () => {
  const rows = [1, 2, 3].map((id) => ({ id, name: `ä${id}` }));
  const page = toPage(
    rows,
    2,
    ({ name, id }) => [name, id],
    ({ id }) => id,
  );
  expect(page.items).toEqual([1, 2]);
  expect(decodeCursor(page.nextCursor as string, 2)).toEqual(['ä2', 2]);
  expect(
    toPage(
      rows,
      3,
      ({ id }) => [id],
      ({ id }) => id,
    ).nextCursor,
  ).toBeNull();
  expect(
    toPage(
      [],
      3,
      () => [],
      () => 0,
    ),
  ).toEqual({ items: [], nextCursor: null });
  for (const cursor of [
    '',
    'x',
    encodeCursor([1]),
    encodeCursor([1, 2, 3]),
    Buffer.from('{"a":1}').toString('base64url'),
    Buffer.from('[[1],2]').toString('base64url'),
  ]) {
    expect(() => decodeCursor(cursor, 2), cursor).toThrow(expect.objectContaining({ status: 400 }));
  }
});
