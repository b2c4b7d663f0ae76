import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { testGateway } from './gateway.ts';
import { exchangeRaw, RawConnection, statusOf } from './raw.ts';

const { url, tasks } = await testGateway({ TIMEOUT_SECONDS: '0.5', STALL_SECONDS: '0.5' });
const patient = await testGateway();

/** What the service's handler of the next requests returns. */
function onRequest<T>(act: (request: IncomingMessage, response: ServerResponse) => T | Promise<T>, backend = tasks): Promise<T> {
  return new Promise((resolve, reject) => {
    backend.handle = (request, response) => {
      Promise.resolve(act(request, response)).then(resolve, reject);
    };
  });
}

it('carries status, fields and body both ways', async () => {
  tasks.handle = async (request, response) => {
    const body = await text(request);
    response.writeHead(201, 'Made', { 'x-method': request.method!, 'x-kind': String(request.headers['content-type']), etag: '"3"' });
    response.end(`got ${body}`);
  };
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await fetch(`${url}/tasks/x`, { method, body: 'böse', headers: { 'content-type': 'not/a valid;;type' } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-method')).toBe(method);
    expect(answer.headers.get('x-kind')).toBe('not/a valid;;type');
    expect(answer.headers.get('etag')).toBe('"3"');
    expect(await answer.text()).toBe('got böse');
  }
});

it('passes the length of a body on, and chunks where there is none', async () => {
  tasks.handle = async (request, response) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    response.end(JSON.stringify([length, encoding, await text(request)]));
  };
  const known = await fetch(`${url}/tasks/x`, { method: 'POST', body: 'four' });
  expect(await known.json()).toEqual(['4', null, 'four']);
  const empty = await fetch(`${url}/tasks/x`, { method: 'POST' });
  expect(await empty.json()).toEqual(['0', null, '']);
  const unknown = new RawConnection(url);
  unknown.send('POST /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n');
  await until(() => tasks.requests.at(-1)?.headers['transfer-encoding'] === 'chunked');
  unknown.send('1\r\nc\r\n0\r\n\r\n');
  expect(await unknown.end()).toContain('[null,"chunked","abc"]');
});

it('answers HEAD with the fields of GET and no body', async () => {
  tasks.handle = (_request, response) => response.writeHead(200, { 'content-length': '1234', etag: '"1"' }).end();
  const received = await exchangeRaw(url, 'HEAD /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(received.toLowerCase()).toContain('content-length: 1234\r\n');
  expect(received.endsWith('\r\n\r\n')).toBe(true);
});

it.each([204, 304])('passes %i on without a body, and goes on with the connection', async (status) => {
  tasks.handle = (request, response) => response.writeHead(request.url === '/tasks/first' ? status : 200, { etag: '"7"' }).end();
  const received = await exchangeRaw(
    url,
    'GET /tasks/first HTTP/1.1\r\nHost: a\r\n\r\nGET /tasks/second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  const heads = received.split('HTTP/1.1 ').slice(1);
  expect(heads[0]).toMatch(new RegExp(`^${status} [\\s\\S]*etag: "7"[\\s\\S]*\r\n\r\n$`));
  expect(heads[0]).not.toMatch(/transfer-encoding/i);
  expect(heads[1]).toMatch(/^200 /);
});

it('passes a 304 on that says how long the content would be (RFC 9110, 8.6)', async () => {
  tasks.handle = (request, response) => {
    if (request.url === '/tasks/first') response.writeHead(304, { etag: '"7"', 'content-length': '1234' }).end();
    else response.end('here');
  };
  const received = await exchangeRaw(
    url,
    'GET /tasks/first HTTP/1.1\r\nHost: a\r\n\r\nGET /tasks/second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  const heads = received.split('HTTP/1.1 ').slice(1);
  expect(heads[0]).toMatch(/^304 [\s\S]*etag: "7"[\s\S]*\r\n\r\n$/);
  expect(heads[1]).toMatch(/^200 [\s\S]*here/);
});

it('passes trailers on', async () => {
  tasks.handle = (_request, response) => {
    response.writeHead(200, { trailer: 'x-checksum' });
    response.write('body');
    response.addTrailers({ 'x-checksum': 'abc', 'set-cookie': 'a=b' });
    response.end();
  };
  const received = await exchangeRaw(url, 'GET /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(received).toMatch(/\r\ntrailer: x-checksum\r\n/i);
  expect(received).toMatch(/\r\n0\r\nx-checksum: abc\r\n\r\n$/i);
});

it('answers in HTTP/1.0 without chunks or trailers', async () => {
  tasks.handle = (_request, response) => {
    response.writeHead(200, { trailer: 'x-checksum' });
    response.write('body');
    response.addTrailers({ 'x-checksum': 'abc' });
    response.end();
  };
  const received = await exchangeRaw(url, 'GET /tasks/x HTTP/1.0\r\n\r\n');
  expect(received).not.toMatch(/transfer-encoding|trailer|x-checksum/i);
  expect(received.endsWith('\r\n\r\nbody')).toBe(true);
});

it('asks for the body only when the way to the service is open', async () => {
  let saw = '';
  tasks.handle = async (request, response) => {
    saw = await text(request);
    expect(request.headers.expect).toBeUndefined();
    response.end('done');
  };
  const connection = new RawConnection(url);
  connection.send('POST /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  await connection.until((received) => received.includes('\r\n\r\n'));
  expect(connection.received).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  expect(saw).toBe('');
  connection.send('abc');
  expect(await connection.end()).toMatch(/100 Continue\r\n\r\nHTTP\/1\.1 200 [\s\S]*done/);
  expect(saw).toBe('abc');
});

it('refuses without asking for the body, and closes', async () => {
  const received = await exchangeRaw(
    url,
    'POST /tasks/x HTTP/1.1\r\nHost: a\r\nAuthorization: nonsense\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
  );
  expect(received).toMatch(/^HTTP\/1\.1 401 [\s\S]*connection: close/i);
  expect(statusOf(await exchangeRaw(url, 'POST /tasks/x HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nConnection: close\r\n\r\n'))).toBe(417);
});

it('passes on an answer that comes before the body has been read, and the connection lives', async () => {
  tasks.handle = (request, response) => {
    if (request.method === 'POST') response.writeHead(413, { 'content-type': 'text/plain' }).end('too large');
    else response.end('next');
  };
  const size = 4 * 1024 * 1024;
  const connection = new RawConnection(url).send(`POST /tasks/x HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
  connection.send('x'.repeat(size));
  connection.send('GET /tasks/y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const received = await connection.end();
  expect(received).toMatch(/^HTTP\/1\.1 413 [\s\S]*too large/);
  expect(received).toMatch(/HTTP\/1\.1 200 [\s\S]*next/);
});

describe('a client that goes away is no longer worked for', () => {
  it('while the service thinks', async () => {
    const aborted = onRequest((_request, response) => once(response, 'close'), patient.tasks);
    const abort = new AbortController();
    const call = fetch(`${patient.url}/tasks/x`, { signal: abort.signal }).catch(() => {});
    await until(() => patient.tasks.requests.length === 1);
    abort.abort();
    await Promise.all([aborted, call]);
  });

  it('while it uploads', async () => {
    const aborted = onRequest((request) => buffer(request).catch((error) => error.code), patient.tasks);
    const connection = new RawConnection(patient.url).send('POST /tasks/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc');
    await until(() => patient.tasks.requests.length === 2);
    connection.socket.destroy();
    expect(await aborted).toBe('ECONNRESET');
  });

  it('while it is answered', async () => {
    const aborted = onRequest((_request, response) => {
      response.write('first');
      return once(response, 'close');
    }, patient.tasks);
    const connection = new RawConnection(patient.url).send('GET /tasks/x HTTP/1.1\r\nHost: a\r\n\r\n');
    await connection.until((received) => received.includes('first'));
    connection.socket.destroy();
    await aborted;
  });
});

it('breaks off towards the client when the service does, so that nobody takes a part for the whole', async () => {
  tasks.handle = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('half');
    setImmediate(() => response.socket!.destroy());
  };
  const chunked = await exchangeRaw(url, 'GET /tasks/x HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(chunked).toContain('half');
  expect(chunked).not.toMatch(/\r\n0\r\n/);
  tasks.handle = (_request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half');
    setImmediate(() => response.socket!.destroy());
  };
  await expect(fetch(`${url}/tasks/x`).then((answer) => answer.text())).rejects.toThrow();
});

it('answers 502 when the service closes without an answer or talks nonsense', async () => {
  tasks.handle = (request) => request.socket.destroy();
  const closed = await fetch(`${url}/tasks/x`, { method: 'POST', body: 'a' });
  expect(closed.status).toBe(502);
  expect(await closed.json()).toMatchObject({ code: 'bad_gateway', status: 502 });
  for (const nonsense of ['SMTP ready\r\n\r\n', 'HTTP/1.1 200 OK\r\nx: a\x01b\r\ncontent-length: 0\r\n\r\n']) {
    tasks.handle = (request) => request.socket.end(nonsense);
    expect((await fetch(`${url}/tasks/x`, { method: 'POST' })).status, nonsense).toBe(502);
  }
});

it('tries a safe request once more when it met a connection that was closing, and no other', async () => {
  for (const [method, tries] of [
    ['GET', 2],
    ['POST', 1],
  ] as const) {
    const before = tasks.requests.length;
    tasks.handle = (request, response) => {
      if (tasks.requests.length === before + 1) request.socket.destroy();
      else response.end('ok');
    };
    expect((await fetch(`${url}/tasks/x`, { method })).status).toBe(method === 'GET' ? 200 : 502);
    expect(tasks.requests.length - before).toBe(tries);
  }
});

it('answers 504 when the service does not begin in time, and frees it', async () => {
  const freed = onRequest((_request, response) => once(response, 'close'));
  const answer = await fetch(`${url}/tasks/x`);
  expect(answer.status).toBe(504);
  expect(await answer.json()).toMatchObject({ code: 'deadline_exceeded' });
  await freed;
});

it('tells the service how long it has, and the client may shorten that', async () => {
  tasks.handle = (request, response) => response.end(String(request.headers['x-timeout-ms']));
  const usual = Number(await (await fetch(`${url}/tasks/x`)).text());
  expect(usual).toBeGreaterThan(300);
  expect(usual).toBeLessThanOrEqual(500);
  const shorter = Number(await (await fetch(`${url}/tasks/x`, { headers: { 'x-timeout-ms': '200' } })).text());
  expect(shorter).toBeLessThanOrEqual(200);
  const longer = Number(await (await fetch(`${url}/tasks/x`, { headers: { 'x-timeout-ms': '999999' } })).text());
  expect(longer).toBeLessThanOrEqual(500);
});

it('answers 408 when the body stops coming', async () => {
  tasks.handle = (request) => request.resume();
  const received = await exchangeRaw(url, 'POST /tasks/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
  expect(received).toMatch(/^HTTP\/1\.1 408 [\s\S]*request_timeout/);
});

it('breaks off an answer that stands still', async () => {
  const freed = onRequest((_request, response) => {
    response.write('first');
    return once(response, 'close');
  });
  await expect(fetch(`${url}/tasks/x`).then((answer) => answer.text())).rejects.toThrow();
  await freed;
});

it('breaks off when a client stops reading', async () => {
  const freed = onRequest((_request, response) => {
    response.on('drain', () => response.write(Buffer.alloc(256 * 1024)));
    response.write(Buffer.alloc(256 * 1024));
    return once(response, 'close');
  });
  const connection = new RawConnection(url).send('GET /tasks/x HTTP/1.1\r\nHost: a\r\n\r\n');
  await connection.until((received) => received.length > 0);
  connection.socket.pause();
  await freed;
  connection.socket.destroy();
});

it('does not take upgrades', async () => {
  const received = await exchangeRaw(
    url,
    'GET /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
  );
  expect(received).toMatch(/^HTTP\/1\.1 501 [\s\S]*upgrade_refused/);
  tasks.handle = (request, response) => response.end(JSON.stringify(request.headers));
  const h2c = await exchangeRaw(
    url,
    'GET /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  );
  expect(statusOf(h2c)).toBe(200);
  expect(h2c).not.toMatch(/h2c|http2-settings|AAMAAABk/i);
  expect(statusOf(await exchangeRaw(url, 'CONNECT tasks:8081 HTTP/1.1\r\nHost: a\r\n\r\n'))).not.toBe(200);
});

it('refuses bodies of GET and methods that nothing here has', async () => {
  expect(statusOf(await exchangeRaw(url, 'GET /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\na'))).toBe(400);
  expect(statusOf(await exchangeRaw(url, 'TRACE /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'))).toBe(405);
  const status = await fetch(`${url}/tasks`, { method: 'POST' });
  expect([status.status, status.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
