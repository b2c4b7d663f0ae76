import { once } from 'node:events';
import { connect } from 'node:net';
import { TEST_SETTINGS, testServer } from '@taskflow/testing/http-server';
import { until } from '@taskflow/testing/until';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextHeaders, requestContext } from '../src/context.ts';
import { problems } from '../src/problem.ts';
import { createServer, type Server } from '../src/server.ts';

let app: Server;
beforeAll(async () => {
  app = await testServer((server) => {
    server.get('/things/:id', { schema: { params: Type.Object({ id: Type.String({ maxLength: 9 }) }) } }, async () => ({ ok: true }));
    server.post(
      '/things',
      { bodyLimit: 100, schema: { body: Type.Object({ name: Type.String() }, { additionalProperties: false }) } },
      async () => ({}),
    );
    server.get('/context', async () => contextHeaders(requestContext.getStore()!));
    server.get('/slow', () => new Promise((resolve) => setTimeout(resolve, 500, { late: true })));
    server.get('/slow-failure', () => new Promise((_, reject) => setTimeout(reject, 200, new Error('late'))));
    server.get('/stream', (_request, reply) => {
      reply.raw.write('begun ');
      setTimeout(() => reply.raw.end('ended'), 200);
      reply.hijack();
    });
    server.post('/things/all', async () => ({}));
    server.get('/broken', async () => {
      throw new Error('the password is hunter2');
    });
    server.get('/away', async () => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
    });
    server.get('/conflict', async () => {
      throw problems.conflict({ detail: 'Taken', headers: { 'x-more': '1' }, members: { taken: true } });
    });
  });
});

const send = (path: string, init: RequestInit = {}) => fetch(app.url + path, init);
const problem = async (answer: Response) => {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const document = (await answer.json()) as { status: number; code: string; detail?: string; requestId: string };
  expect(document.status).toBe(answer.status);
  return document;
};
const json = { 'content-type': 'application/json' };

/** Sends bytes as they are, and gives what comes until the connection ends. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('problem documents', () => {
  it.each([
    ['404 for an unknown path', '/nowhere', {}, 404, 'not_found'],
    ['405 for another method', '/things', { method: 'DELETE' }, 405, 'method_not_allowed'],
    ['405 for a method that only another route of the same form has', '/things/all', {}, 405, 'method_not_allowed'],
    ['400 for malformed JSON', '/things', { method: 'POST', headers: json, body: '{' }, 400, 'malformed_request'],
    ['400 for an empty body', '/things', { method: 'POST', headers: json, body: '' }, 400, 'malformed_request'],
    ['400 for prototype poisoning', '/things', { method: 'POST', headers: json, body: '{"__proto__":{}}' }, 400, 'malformed_request'],
    ['400 for a member too many', '/things', { method: 'POST', headers: json, body: '{"name":"a","b":1}' }, 400, 'malformed_request'],
    ['400 for a number as a string', '/things', { method: 'POST', headers: json, body: '{"name":1}' }, 400, 'malformed_request'],
    ['400 for a long parameter', '/things/0123456789', {}, 400, 'malformed_request'],
    ['400 for a path that is not UTF-8', '/things/%ff', {}, 400, 'malformed_request'],
    [
      '413 for a large body',
      '/things',
      { method: 'POST', headers: json, body: JSON.stringify({ name: 'x'.repeat(200) }) },
      413,
      'payload_too_large',
    ],
    [
      '415 for another content type',
      '/things',
      { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a' },
      415,
      'unsupported_media_type',
    ],
    ['500 for what nobody expected', '/broken', {}, 500, 'internal'],
    ['503 when the database is away', '/away', {}, 503, 'unavailable'],
    ['409 as thrown', '/conflict', {}, 409, 'conflict'],
  ] as const)('%s', async (_name, path, init, status, code) => {
    const answer = await send(path, init);
    expect(answer.status).toBe(status);
    const document = await problem(answer);
    expect(document).toMatchObject({ code, requestId: answer.headers.get('x-request-id') });
    if (status >= 500) expect(JSON.stringify(document)).not.toMatch(/hunter2|10\.0\.0\.7/);
  });

  it('names the methods that a path has', async () => {
    expect((await send('/things', { method: 'PUT' })).headers.get('allow')).toBe('POST');
    expect((await send('/things/1', { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD');
  });

  it('says in a 503 when to try again, and adds what the problem carries', async () => {
    expect((await send('/away')).headers.get('retry-after')).toBe('1');
    const answer = await send('/conflict');
    expect(answer.headers.get('x-more')).toBe('1');
    expect(await answer.json()).toMatchObject({ detail: 'Taken', taken: true });
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', '400 '],
    ['a head that is too large', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431 '],
    ['two lengths', 'POST /things HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', '400 '],
    ['a length and chunks', 'POST /things HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', '400 '],
  ])('on the bare connection, for %s', async (_name, text, status) => {
    const answer = await raw(text);
    expect(answer.startsWith(`HTTP/1.1 ${status}`)).toBe(true);
    expect(answer).toContain('application/problem+json');
    expect(JSON.parse(answer.split('\r\n\r\n')[1] as string)).toHaveProperty('code');
  });
});

it('answers HEAD like GET without the body', async () => {
  const [head, get] = [await send('/things/1', { method: 'HEAD' }), await send('/things/1')];
  expect([head.status, head.headers.get('content-length')]).toEqual([200, get.headers.get('content-length')]);
  expect(await head.text()).toBe('');
});

describe('context', () => {
  it('takes over request id, trace and deadline, and hands them on', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const answer = await send('/context', { headers: { 'x-request-id': 'request-1234', traceparent, 'x-timeout-ms': '900' } });
    expect(answer.headers.get('x-request-id')).toBe('request-1234');
    const next = (await answer.json()) as Record<string, string>;
    expect(next['x-request-id']).toBe('request-1234');
    expect(next.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/);
    expect(Number(next['x-timeout-ms'])).toBeLessThanOrEqual(900);
  });

  it('does not take over what is malformed', async () => {
    const next = (await (
      await send('/context', { headers: { 'x-request-id': 'a b"', traceparent: '00-0-0-0', 'x-timeout-ms': 'soon' } })
    ).json()) as Record<string, string>;
    expect(next['x-request-id']).not.toBe('a b"');
    expect(next.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(next).not.toHaveProperty('x-timeout-ms');
  });
});

describe('deadline', () => {
  it.each(['/slow', '/slow-failure'])('504 when the caller stops waiting before %s answers, and nothing more', async (path) => {
    const begin = performance.now();
    const answer = await send(path, { headers: { 'x-timeout-ms': '60' } });
    expect(answer.status).toBe(504);
    expect(performance.now() - begin).toBeLessThan(180);
    expect(await problem(answer)).toMatchObject({ code: 'deadline_exceeded', requestId: answer.headers.get('x-request-id') });
    await until(() => performance.now() - begin > 600); // the handler's own answer comes to nothing
    expect((await send('/things/1')).status).toBe(200);
  });

  it('leaves an answer alone that has begun', async () => {
    expect(await (await send('/stream', { headers: { 'x-timeout-ms': '60' } })).text()).toBe('begun ended');
  });

  it('is no obstacle to those in time', async () => {
    expect((await send('/slow', { headers: { 'x-timeout-ms': '5000' } })).status).toBe(200);
  });
});

describe('operational port', () => {
  const operational = async (path: string) => fetch(app.operationsUrl + path);

  it('has the probes and metrics, and the API has none of them', async () => {
    for (const path of ['/livez', '/readyz', '/startupz', '/metrics']) {
      expect((await operational(path)).status, path).toBe(200);
      expect((await send(path)).status, path).toBe(404);
    }
    expect((await operational('/things/1')).status).toBe(404);
  });

  it('counts by route pattern, never by URL', async () => {
    await send('/things/secret-1?token=abc');
    await send('/nowhere/secret-2');
    const metrics = await (await operational('/metrics')).text();
    expect(metrics).toMatch(/http_server_request_duration_seconds_count\{[^}]*route="\/things\/:id",status="200"/);
    expect(metrics).toMatch(/route="none",status="404"/);
    expect(metrics).toMatch(/nodejs_eventloop_lag_p99_seconds/);
    expect(metrics).not.toMatch(/secret-|token=/);
  });
});

it('survives a metric that cannot be collected', async () => {
  const server = await testServer();
  server.telemetry.gauge({
    name: 'fragile',
    help: 'fails',
    collect: () => {
      throw new Error('no luck');
    },
  });
  expect((await fetch(`${server.operationsUrl}/metrics`)).status).toBe(500);
  server.telemetry.registry.removeSingleMetric('fragile');
  expect((await fetch(`${server.operationsUrl}/metrics`)).status).toBe(200);
});

describe('before and after', () => {
  it('answers 503 until the start-up steps have succeeded, each of them again and again', async () => {
    let attempts = 0;
    const server = await createServer({ service: 'late', description: '', settings: TEST_SETTINGS });
    afterAll(() => server.shutdown());
    let gone = false;
    server.health.beforeReady('first', async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('not yet');
    });
    server.health.needs('second', async () => {
      if (gone) throw new Error('gone');
    });
    server.get('/x', async () => ({}));
    await server.open();
    expect((await fetch(`${server.url}/x`)).status).toBe(503);
    expect(await (await fetch(server.url)).json()).toMatchObject({ status: 'starting' });
    expect((await fetch(`${server.operationsUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${server.operationsUrl}/readyz`)).status).toBe(503);
    expect((await fetch(`${server.operationsUrl}/startupz`)).status).toBe(503);
    await until(async () => (await fetch(`${server.operationsUrl}/readyz`)).ok);
    expect((await fetch(`${server.url}/x`)).status).toBe(200);
    gone = true;
    await until(async () => (await fetch(`${server.operationsUrl}/readyz`)).status === 503);
    expect((await fetch(`${server.operationsUrl}/startupz`)).status).toBe(200);
    expect(await (await fetch(server.url)).json()).toMatchObject({ status: 'unavailable', failing: ['second'] });
    gone = false;
    await until(async () => (await fetch(`${server.operationsUrl}/readyz`)).ok);
  });
});
