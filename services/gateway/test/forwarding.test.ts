import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { networkOf } from '../src/proxy/client-address.ts';
import { testGateway } from './gateway.ts';
import { exchangeRaw } from './raw.ts';

const suspicious = await testGateway();
const trusting = await testGateway({ TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.0/8' });

/** The fields that the service got when the client sent these. */
async function forwarded({ url, tasks }: typeof suspicious, ...fields: string[]): Promise<IncomingHttpHeaders> {
  tasks.handle = (request, response) => response.end(JSON.stringify(request.headers));
  const lines = ['GET /tasks/x HTTP/1.1', 'Connection: close', ...fields];
  if (!fields.some((field) => /^host:/i.test(field))) lines.push('Host: board.example:8080');
  const received = await exchangeRaw(url, `${lines.join('\r\n')}\r\n\r\n`);
  return JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4));
}

const LIES = [
  'X-Forwarded-For: 6.6.6.6',
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 1',
  'X-Forwarded-Prefix: /evil',
  'Forwarded: for=6.6.6.6;host=evil.example',
  'X-Real-IP: 6.6.6.6',
  'True-Client-IP: 6.6.6.6',
  'X-Original-URL: /internal/exchange',
  'X-Rewrite-URL: /internal/exchange',
  'X-HTTP-Method-Override: DELETE',
  'X_Forwarded_For: 6.6.6.6',
];

it('says where a request came from, and believes nobody who is not trusted', async () => {
  for (const fields of [[], LIES]) {
    const headers = await forwarded(suspicious, ...fields);
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'board.example:8080',
      forwarded: 'for=127.0.0.1;proto=http;host="board.example:8080"',
      host: new URL(suspicious.tasks.url).host,
    });
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|evil|internal|DELETE/);
  }
});

it('takes from trusted proxies the last address that none of them vouches for', async () => {
  const headers = await forwarded(
    trusting,
    'X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: b.example',
  );
  expect(headers).toMatchObject({
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'b.example',
    forwarded: 'for=203.0.113.7;proto=https;host="b.example"',
  });
  const six = await forwarded(trusting, 'X-Forwarded-For: 2001:db8::7');
  expect(six.forwarded).toBe('for="[2001:db8::7]";proto=http;host="board.example:8080"');
});

it('does not pass on what is no address or host', async () => {
  const headers = await forwarded(trusting, 'X-Forwarded-For: nonsense;for=6.6.6.6', 'X-Forwarded-Host: a";by=evil', 'Host: a b');
  expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  expect(headers['x-forwarded-host']).toBeUndefined();
  expect(headers.forwarded).toBe('for=127.0.0.1;proto=http');
});

it('keeps fields for one hop to itself, also those that Connection names', async () => {
  const headers = await forwarded(
    suspicious,
    'Connection: X-Secret, keep-alive',
    'X-Secret: 1',
    'Keep-Alive: timeout=5',
    'TE: trailers',
    'Proxy-Authorization: Basic YTpi',
    'Proxy-Connection: keep-alive',
    'X-Kept: 1',
  );
  expect(headers['x-kept']).toBe('1');
  for (const name of ['x-secret', 'keep-alive', 'te', 'proxy-authorization', 'proxy-connection'])
    expect(headers, name).not.toHaveProperty(name);
  expect(headers.connection).toBe('keep-alive'); // of the gateway's own connection
});

it('keeps fields of the service for one hop to itself, too', async () => {
  const { url, tasks } = suspicious;
  tasks.handle = (_request, response) => {
    response.writeHead(200, {
      connection: 'x-secret, close',
      'x-secret': '1',
      'keep-alive': 'timeout=1',
      'proxy-authenticate': 'Basic',
      'x-kept': '1',
    });
    response.end();
  };
  const received = await exchangeRaw(url, 'GET /tasks/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(received).toMatch(/x-kept: 1/i);
  expect(received).not.toMatch(/x-secret|timeout=1|proxy-authenticate/i);
});

it('lets only auth set cookies', async () => {
  const { url, tasks, auth } = suspicious;
  const setCookie: RequestListener = (_request, response) => response.writeHead(200, { 'set-cookie': ['taskflow=a', 'b=c'] }).end();
  tasks.handle = setCookie;
  auth.handle = setCookie;
  expect((await fetch(`${url}/tasks/x`)).headers.getSetCookie()).toEqual([]);
  expect((await fetch(`${url}/auth/login`, { method: 'POST' })).headers.getSetCookie()).toEqual(['taskflow=a', 'b=c']);
});

it('keeps caches and browsers from misusing what a service left open', async () => {
  const { url, tasks, auth } = suspicious;
  const sid = crypto.randomUUID();
  auth.accounts.set(sid, { sid, sub: crypto.randomUUID(), sv: 1 });
  const fields = async (headers: Record<string, string>) => {
    const answer = await fetch(`${url}/tasks/x`, { headers });
    return [answer.headers.get('cache-control'), answer.headers.get('x-content-type-options')];
  };
  tasks.handle = (_request, response) => response.end();
  expect(await fields({})).toEqual([null, 'nosniff']);
  expect(await fields({ cookie: `taskflow=${sid}` })).toEqual(['private, no-cache', 'nosniff']);
  tasks.handle = (_request, response) => response.writeHead(200, { 'cache-control': 'max-age=5' }).end();
  expect(await fields({ cookie: `taskflow=${sid}` })).toEqual(['max-age=5', 'nosniff']);
});

it('continues a trace, gives each request an id, and shows it', async () => {
  const trace = 'a'.repeat(32);
  const headers = await forwarded(suspicious, `Traceparent: 00-${trace}-${'b'.repeat(16)}-01`, 'X-Request-Id: <script>');
  expect(headers.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  expect(headers.traceparent).not.toContain('b'.repeat(16));
  expect(headers['x-request-id']).toMatch(/^[\w-]{16}$/);
  const { url, tasks } = suspicious;
  tasks.handle = (request, response) => response.writeHead(200, { 'x-request-id': 'of-the-service' }).end(request.headers['x-request-id']);
  const answer = await fetch(`${url}/tasks/x`);
  expect(answer.headers.get('x-request-id')).toBe(await answer.text());
});

it.each(['10.0.0.0/99', 'everyone', '10.0.0.1; 10.0.0.2'])('does not start with TRUSTED_PROXIES=%s', async (trusted) => {
  await expect(testGateway({ TRUSTED_PROXIES: trusted })).rejects.toThrow(/^TRUSTED_PROXIES is ".*": expected addresses or CIDR ranges/);
});

describe('a network is what one subscriber holds', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['2001:0db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s → %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
