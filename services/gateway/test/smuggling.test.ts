import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkTarget } from '../src/proxy/request-target.ts';
import { testGateway } from './gateway.ts';
import { exchangeRaw, RawConnection, statusOf } from './raw.ts';

const { url, tasks } = await testGateway();
/** method, target and body of all that the service took for a request */
let heard: string[] = [];

beforeEach(() => {
  heard = [];
  tasks.handle = async (request, response) => {
    const body = await text(request).catch(() => 'broken');
    heard.push(`${request.method} ${request.url} ${body}`);
    response.end('ok');
  };
});

const SMUGGLED = 'GET /tasks/smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const head = (...fields: string[]) => `POST /tasks/x HTTP/1.1\r\nHost: a\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;

describe('framing that two readers could read differently is refused, with what follows it', () => {
  it.each([
    ['two lengths', `${head('Content-Length: 4', 'Content-Length: 50')}abcd${SMUGGLED}`],
    ['two equal lengths', `${head('Content-Length: 4', 'Content-Length: 4')}abcd${SMUGGLED}`],
    ['a list of lengths', `${head('Content-Length: 4, 4')}abcd${SMUGGLED}`],
    ['length and chunks', `${head('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${SMUGGLED}`],
    ['chunks and length', `${head('Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n${SMUGGLED}`],
    ['a length with sign', `${head('Content-Length: +4')}abcd${SMUGGLED}`],
    ['a negative length', head('Content-Length: -4') + SMUGGLED],
    ['a hexadecimal length', `${head('Content-Length: 0x4')}abcd${SMUGGLED}`],
    ['an overflowing length', `${head('Content-Length: 18446744073709551620')}abcd${SMUGGLED}`],
    ['space before the colon', `${head('Content-Length : 4')}abcd${SMUGGLED}`],
    ['space before the colon of chunks', `${head('Transfer-Encoding : chunked')}0\r\n\r\n${SMUGGLED}`],
    ['an unknown coding', `${head('Transfer-Encoding: xchunked')}0\r\n\r\n${SMUGGLED}`],
    ['a coding after chunks', `${head('Transfer-Encoding: chunked, identity')}0\r\n\r\n${SMUGGLED}`],
    ['chunks twice', `${head('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n${SMUGGLED}`],
    ['a quoted coding', `${head('Transfer-Encoding: "chunked"')}0\r\n\r\n${SMUGGLED}`],
    ['a folded field', `${head('Transfer-Encoding:\r\n chunked', 'Content-Length: 4')}0\r\n\r\n${SMUGGLED}`],
    ['a vertical tab in the coding', `${head('Transfer-Encoding: \x0bchunked')}0\r\n\r\n${SMUGGLED}`],
    ['NUL in a field', `${head('X-A: a\0b', 'Content-Length: 4')}abcd${SMUGGLED}`],
    ['a lone CR in a field', `${head('X-A: a\rTransfer-Encoding: chunked', 'Content-Length: 4')}abcd${SMUGGLED}`],
    ['a chunk size with sign', `${head('Transfer-Encoding: chunked')}+4\r\nabcd\r\n0\r\n\r\n${SMUGGLED}`],
    ['a chunk size with 0x', `${head('Transfer-Encoding: chunked')}0x4\r\nabcd\r\n0\r\n\r\n${SMUGGLED}`],
    ['a chunk longer than it says', `${head('Transfer-Encoding: chunked')}2\r\nabcd\r\n0\r\n\r\n${SMUGGLED}`],
    ['LF after a chunk', `${head('Transfer-Encoding: chunked')}4\r\nabcd\n0\r\n\r\n${SMUGGLED}`],
    ['LF after a chunk size', `${head('Transfer-Encoding: chunked')}4\nabcd\r\n0\r\n\r\n${SMUGGLED}`],
    ['an overflowing chunk size', `${head('Transfer-Encoding: chunked')}10000000000000004\r\nabcd\r\n0\r\n\r\n${SMUGGLED}`],
    ['LF between fields', `POST /tasks/x HTTP/1.1\nHost: a\nContent-Length: 4\n\nabcd${SMUGGLED}`],
    ['LF before the body', `POST /tasks/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\nabcd${SMUGGLED}`],
    ['an invalid method', `GE T /tasks/x HTTP/1.1\r\nHost: a\r\n\r\n${SMUGGLED}`],
    ['an invalid version', `GET /tasks/x HTTP/9.9\r\nHost: a\r\n\r\n${SMUGGLED}`],
    ['a field without a name', `GET /tasks/x HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n${SMUGGLED}`],
    ['a body of GET', `GET /tasks/x HTTP/1.1\r\nHost: a\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
  ])('%s', async (_what, bytes) => {
    const connection = new RawConnection(url).send(bytes);
    await connection.until((received) => received.includes('\r\n\r\n'));
    connection.socket.end();
    const received = await connection.end();
    expect(statusOf(received)).toBe(400);
    expect(received).toContain('application/problem+json');
    expect(heard.filter((request) => request.includes('smuggled') || request.startsWith('POST /tasks/x abcd'))).toEqual([]);
  });
});

it('frames the body anew, so that a body is never a request', async () => {
  const received = await exchangeRaw(url, head('Connection: close', `Content-Length: ${SMUGGLED.length}`) + SMUGGLED);
  expect(statusOf(received)).toBe(200);
  expect(heard).toEqual([`POST /tasks/x ${SMUGGLED}`]);
});

it('does not let Connection take the framing away', async () => {
  for (const named of ['Content-Length', 'Host', 'Transfer-Encoding', 'X-Request-Id, Traceparent']) {
    await exchangeRaw(url, `${head(`Connection: close, ${named}`, 'Content-Length: 4')}abcd`);
  }
  expect(heard).toEqual(Array(4).fill('POST /tasks/x abcd'));
});

it('does not pass on extensions of chunks or trailers of requests', async () => {
  let fields: NodeJS.Dict<unknown> = {};
  tasks.handle = async (request, response) => {
    heard.push(await text(request));
    fields = { ...request.headers, ...request.trailers };
    response.end();
  };
  await exchangeRaw(
    url,
    head('Connection: close', 'Trailer: X-Forwarded-For', 'Transfer-Encoding: chunked') +
      '4;ext="\\r\\n"\r\nabcd\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\nAuthorization: Bearer x\r\n\r\n',
  );
  expect(heard).toEqual(['abcd']);
  expect(fields['x-forwarded-for']).toBe('127.0.0.1');
  expect(fields.authorization).toBeUndefined();
  expect(fields.trailer).toBeUndefined();
});

it('answers pipelined requests in their order', async () => {
  const one = (n: number, last = false) => `GET /tasks/${n} HTTP/1.1\r\nHost: a\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
  tasks.handle = (request, response) => {
    const n = Number(request.url!.split('/').at(-1));
    setTimeout(() => response.end(`answer ${n}`), (5 - n) * 10); // the first is the slowest
  };
  const received = await exchangeRaw(url, one(1) + one(2) + one(3) + one(4, true));
  expect(received.match(/answer \d/g)).toEqual(['answer 1', 'answer 2', 'answer 3', 'answer 4']);
});

it('refuses no Host and more than one', async () => {
  expect(statusOf(await exchangeRaw(url, 'GET /tasks/x HTTP/1.1\r\n\r\n'))).toBe(400);
  expect(statusOf(await exchangeRaw(url, 'GET /tasks/x HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'))).toBe(400);
  expect(heard).toEqual([]);
});

it('refuses oversized heads', async () => {
  expect(statusOf(await exchangeRaw(url, head(`X-A: ${'a'.repeat(20_000)}`)))).toBe(431);
  expect(statusOf(await exchangeRaw(url, `GET /tasks/${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`))).toBe(431);
  expect(heard).toEqual([]);
});

it('does not let a service split the answer', async () => {
  tasks.handle = (request) =>
    request.socket.end(
      'HTTP/1.1 200 OK\r\nX-A: a\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX-Injected: 1\r\nContent-Length: 0\r\n\r\n',
    );
  const received = await exchangeRaw(url, 'GET /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(received).not.toContain('Injected');
});

it('does not pass two lengths of an answer on', async () => {
  tasks.handle = (request) => request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nokok');
  const received = await exchangeRaw(url, 'GET /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(statusOf(received)).toBe(502);
});

it('whatever bytes come, a service hears only whole requests for it, and the gateway lives on', async () => {
  let broken: string[] = [];
  tasks.handle = (request, response) => {
    const { url: target = '', headers } = request;
    try {
      checkTarget(target);
      expect(target).toMatch(/^\/(tasks\/.*)?$/); // `/` is the status document
      expect(headers['x-forwarded-for']).toBe('127.0.0.1');
      expect(headers.host).toBe(new URL(tasks.url).host);
    } catch (error) {
      broken.push(String(error));
    }
    request.resume().on('end', () => response.end('ok'));
  };
  const valid = [
    `${head('Connection: close, X-Evil', 'X-Evil: 1', 'Content-Length: 4')}abcd`,
    `${head('Connection: X-Evil', 'X-Evil: 1', 'Transfer-Encoding: chunked')}4;a=b\r\nabcd\r\n0\r\nX-Evil: 1\r\n\r\n`,
    'GET /tasks/x?a=b HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n',
  ];
  const noise = fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\0',
    ' ',
    ':',
    '/',
    '..',
    '%2e',
    '\t',
    ',',
    ';',
    '0',
    'a',
    '\x80',
    '\xff',
    'HTTP/1.1',
    '//',
    '#',
    '?',
    '\x0b',
  );
  const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), drop: fc.nat(3), insert: fc.oneof(fc.constant(''), noise) });
  const bytes = fc
    .tuple(fc.array(fc.constantFrom(...valid), { minLength: 1, maxLength: 3 }), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([requests, edits]) =>
      edits.reduce((all, { at, drop, insert }) => {
        const place = Math.floor(at * all.length);
        return all.slice(0, place) + insert + all.slice(place + drop);
      }, requests.join('')),
    );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 16, maxLength: 16 }), async (all) => {
      broken = [];
      await Promise.all(
        all.map(async (text) => {
          const connection = new RawConnection(url).send(text);
          // An incomplete request would be waited for.
          await Promise.race([connection.until((received) => received.includes('\r\n\r\n')), sleep(50)]);
          connection.socket.end();
          await connection.end();
        }),
      );
      expect(broken).toEqual([]);
    }),
    { numRuns: 40 },
  );
  expect((await fetch(`${url}/tasks/x`)).status).toBe(200);
});
