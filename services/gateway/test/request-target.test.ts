import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTarget } from '../src/proxy/request-target.ts';
import { testGateway } from './gateway.ts';
import { exchangeRaw, statusOf } from './raw.ts';

const { url, auth, tasks, notifications, metrics } = await testGateway();

const refused = [
  '/tasks//x',
  '//tasks/x',
  '/tasks/../internal/exchange',
  '/tasks/./x',
  '/tasks/..',
  '/tasks/..;/internal/exchange',
  '/tasks/%2e%2e/internal/exchange',
  '/tasks/.%2E/internal/exchange',
  '/tasks/%252e%252e/internal/exchange',
  '/tasks%2f..%2finternal/exchange',
  '/tasks/a%2Fb',
  '/tasks/a%5cb',
  '/tasks/a\\..\\b',
  '/tasks/%00',
  '/tasks/x%0d%0aX-Injected:%201',
  '/tasks/%7f',
  '/%74asks/x',
  '/tasks/%2D',
  '/tasks/x#fragment',
  '/tasks/x?a#fragment',
  '/tasks/%zz',
  '/tasks/%c3%28',
  '/tasks/%c0%ae%c0%ae/internal/exchange',
  '/tasks/ä',
  '/tasks/"x"',
  '/tasks/x?a=\x7f',
  'http://127.0.0.1:5000/internal/exchange',
  'http://a/tasks/x',
  'tasks/x',
  '*',
];

describe('targets with more than one reading are refused', () => {
  it.each(refused)('%j', (target) => {
    expect(() => checkTarget(target)).toThrow(expect.objectContaining({ status: 400, code: 'bad_target' }));
  });

  it.each(refused)('%j over the wire, and no service hears of it', async (target) => {
    const before = [auth, tasks, notifications, metrics].map(({ requests }) => requests.length);
    const received = await exchangeRaw(url, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(statusOf(received)).toBe(400);
    expect([auth, tasks, notifications, metrics].map(({ requests }) => requests.length)).toEqual(before);
  });
});

it.each([
  '/tasks/ENG-12',
  '/tasks/search?q=label:bug%20a%2Fb&x=[1]|"',
  '/tasks/x?',
  '/tasks/a..b/...',
  "/tasks/~a_b-c.d!$&'()*+,;=:@",
  '/tasks/%C3%A4%20b',
  '/tasks/x?next=http://a/../b//c',
])('%j is passed on to the letter', async (target) => {
  tasks.handle = (request, response) => response.end(request.url);
  const received = await exchangeRaw(url, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  expect(received.endsWith(`\r\n\r\n${target}`)).toBe(true);
});

it('what is taken has no other reading, whatever it is', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2F',
    '%5c',
    '\\',
    '%25',
    ';',
    'a',
    'tasks',
    '%C3%A4',
    '%00',
    '%20',
    ' ',
    '#',
    '?',
    ':',
    '@',
    '\t',
    '//',
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 8 }), (pieces) => {
      const target = `/${pieces.join('')}`;
      try {
        checkTarget(target);
      } catch {
        return;
      }
      taken++;
      const [path] = target.split('?');
      const { pathname, host, hash } = new URL(target, 'http://gateway');
      expect([pathname, host, hash]).toEqual([path, 'gateway', '']); // the WHATWG's reading is the same
      expect(decodeURIComponent(path!).split('/')).toEqual(path!.split('/').map(decodeURIComponent)); // decoding moves no segment
      expect(posix.normalize(decodeURIComponent(path!))).toBe(decodeURIComponent(path!));
    }),
    { numRuns: 5000 },
  );
  expect(taken).toBeGreaterThan(100);
});

it.each([
  '/internal/exchange',
  '/internal/revocations',
  '/Internal/exchange',
  '/%69nternal/exchange',
  '/auth/%2e./internal/exchange',
  '/AUTH/login',
  '/authx',
  '/auth../internal',
  '/readyz',
  '/livez',
])('%s reaches nothing', async (target) => {
  const before = auth.requests.length + auth.exchanges.length;
  const received = await exchangeRaw(url, `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  expect([400, 404]).toContain(statusOf(received));
  expect(received).toContain('application/problem+json');
  expect(auth.requests.length + auth.exchanges.length).toBe(before);
});

it('takes no target that names another host', async () => {
  const before = tasks.requests.length;
  for (const target of [
    'http://tasks:8081/tasks/x',
    'https://a/tasks/x',
    'tasks:8081',
    '//tasks:8081/tasks/x',
    '@tasks/x',
    '/\\tasks:8081/x',
  ]) {
    expect([400, 404], target).toContain(
      statusOf(await exchangeRaw(url, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)),
    );
  }
  expect(tasks.requests.length).toBe(before);
});
