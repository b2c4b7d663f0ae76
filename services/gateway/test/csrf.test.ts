import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { testGateway } from './gateway.ts';

const { url, auth, tasks } = await testGateway({ PUBLIC_URL: 'http://board.example:8080' });
const sid = crypto.randomUUID();
auth.accounts.set(sid, { sid, sub: crypto.randomUUID(), sv: 1 });
auth.accounts.set('tf_token', { sid: crypto.randomUUID(), sub: crypto.randomUUID(), sv: 1 });

const OWN = 'http://board.example:8080';
const cookie = { cookie: `taskflow=${sid}` };

/** method, path, fields, whether it passes */
type Case = [string, string, Record<string, string>, boolean];

const withCookie: Case[] = ['POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method): Case[] => [
  [method, '/tasks/x', {}, false],
  [method, '/tasks/x', { 'sec-fetch-site': 'same-origin' }, true],
  [method, '/tasks/x', { 'sec-fetch-site': 'none' }, true],
  [method, '/tasks/x', { 'sec-fetch-site': 'same-site' }, false],
  [method, '/tasks/x', { 'sec-fetch-site': 'cross-site' }, false],
  [method, '/tasks/x', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, false],
  [method, '/tasks/x', { 'sec-fetch-site': 'cross-site', origin: OWN }, false],
  [method, '/tasks/x', { origin: OWN }, true],
  [method, '/tasks/x', { origin: 'http://board.example' }, false],
  [method, '/tasks/x', { origin: 'https://board.example:8080' }, false],
  [method, '/tasks/x', { origin: 'http://board.example:8080.evil.example' }, false],
  [method, '/tasks/x', { origin: 'null' }, false],
  [method, '/tasks/x', { referer: `${OWN}/` }, false],
]);

describe('with the cookie', () => {
  it.each<Case>([
    ...withCookie,
    ['GET', '/tasks/x', {}, true],
    ['GET', '/tasks/x', { origin: 'http://evil.example' }, true],
    ['GET', '/tasks/x', { 'sec-fetch-site': 'same-origin' }, true],
    ['GET', '/tasks/attachment', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true],
    ['GET', '/tasks/stream', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, false],
    ['GET', '/tasks/stream', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, false],
  ])('%s %s %j → %s', (...each) => check(cookie, each));
});

describe('without the cookie there is nothing to abuse', () => {
  it.each<Case>([
    ['POST', '/tasks/x', {}, true],
    ['POST', '/tasks/x', { 'sec-fetch-site': 'cross-site' }, true],
    ['POST', '/tasks/x', { authorization: 'Bearer tf_token', origin: 'http://app.example' }, true],
    ['POST', '/tasks/x', { authorization: 'Bearer tf_token', origin: 'http://app.example', ...cookie }, true],
  ])('%s %s %j → %s', (...each) => check({}, each));
});

describe('but the sign-in of someone else must not be forced on a browser', () => {
  it.each<Case>(
    ['/auth/login', '/auth/register'].flatMap((path): Case[] => [
      ['POST', path, {}, true],
      ['POST', path, { 'sec-fetch-site': 'same-origin', origin: OWN }, true],
      ['POST', path, { 'sec-fetch-site': 'cross-site' }, false],
      ['POST', path, { origin: 'http://evil.example' }, false],
      ['POST', path, { origin: OWN }, true],
    ]),
  )('%s %s %j → %s', (...each) => check({}, each));
});

async function check(credential: Record<string, string>, [method, path, fields, passes]: Case): Promise<void> {
  const heard = () => tasks.requests.length + auth.requests.length;
  const before = heard();
  // Not fetch, which has a Sec-Fetch-Mode of its own.
  const answer = await request(`${url}${path}`, { method: method as 'GET', headers: { ...credential, ...fields } });
  expect(answer.statusCode).toBe(passes ? 200 : 403);
  if (!passes) expect(await answer.body.json()).toMatchObject({ code: 'csrf_refused' });
  expect(heard() - before).toBe(passes ? 1 : 0);
}
