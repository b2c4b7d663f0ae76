import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppendRequest, type AuditRecord } from '@taskflow/contracts/audit';
import { Value } from 'typebox/value';
import { afterAll } from 'vitest';
import { SERVICE_KEYS } from './auth.ts';

/**
 * Stands in the place of the audit sidecar: takes records by the contract, idempotent by id, in the order they come. It
 * can fail on the way: before it takes a batch, or after, when the answer is lost.
 */
export async function testAuditLog() {
  const log = {
    url: '',
    records: [] as AuditRecord[],
    batches: 0,
    mode: 'works' as 'works' | 'unavailable' | 'loses answers' | 'hangs',
    /** Breaks off what hangs. */
    cut: () => server.closeAllConnections(),
  };
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${SERVICE_KEYS.audit}`) return answer(401, {});
    if (request.url === '/records' && request.method === 'POST') {
      const body: unknown = JSON.parse(await text(request));
      if (log.mode === 'hangs') return;
      if (log.mode === 'unavailable') return answer(503, {});
      if (!Value.Check(AppendRequest, body)) return answer(400, Value.Errors(AppendRequest, body));
      log.batches++;
      for (const record of body.records) if (!log.records.some(({ id }) => id === record.id)) log.records.push(record);
      if (log.mode === 'loses answers') return response.destroy();
      return answer(200, {
        treeSize: log.records.length,
        indexes: body.records.map(({ id }) => log.records.findIndex((record) => record.id === id)),
      });
    }
    if (request.url === '/checkpoint') return answer(200, 'origin\n1\nhash\n');
    if (request.url === '/keys') return answer(200, { origin: 'origin', keys: ['origin+1+x'] });
    const [path, query] = request.url!.split('?');
    if (path === '/consistency') {
      const { from, to = '9' } = Object.fromEntries(new URLSearchParams(query));
      if (Number(from) > Number(to)) return answer(422, { detail: 'from is beyond to' });
      return answer(200, { from: Number(from), to: Number(to), hashes: ['aGFzaA=='], checkpoint: null });
    }
    const id = /^\/records\/([^/]+)\/proof$/.exec(path!)?.[1];
    const leafIndex = log.records.findIndex((record) => record.id === id);
    if (leafIndex === -1) return answer(404, {});
    answer(200, { leafIndex, leafHash: 'aGFzaA==', entry: '{}', treeSize: log.records.length, hashes: [], checkpoint: 'origin\n' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  log.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return log;
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  let whole = '';
  for await (const chunk of stream) whole += chunk;
  return whole;
}
