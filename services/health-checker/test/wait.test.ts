import { freePort } from '@taskflow/testing/postgres';
import { testProcess } from '@taskflow/testing/process';
import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { wait } from '../src/wait.ts';
import { answer, httpTarget, READY, tcpTarget } from './targets.ts';

const MAIN = new URL('../src/main.ts', import.meta.url);

const lines = (text: string) => text.trim().split('\n');

describe('wait', () => {
  it('ends with 0 when all are ready, and says so', async () => {
    const [auth, database] = [await httpTarget(answer(200, READY)), await tcpTarget()];
    const waiting = testProcess(MAIN, ['wait', `auth=${auth.url}`, `database=${database.url}`]);
    expect(await waiting.end).toBe(0);
    expect(lines(waiting.out()).sort()).toEqual([
      expect.stringMatching(/^all ready after \d+\.\d s$/),
      'auth is ready',
      'database is ready',
    ]);
    expect(waiting.err()).toBe('');
  });

  it('prints one line for each change, not for each attempt', async () => {
    const port = await freePort();
    const waiting = testProcess(MAIN, ['wait', `auth=http://127.0.0.1:${port}/`, '--timeout', '30']);
    await until(() => waiting.out().includes('connection refused'), { ms: 20_000, what: 'the first line' });
    const auth = await httpTarget(answer(503, { ...READY, status: 'starting', failing: ['migrations'] }), port);
    await until(() => auth.requests >= 4, { what: 'several attempts' });
    auth.behave(answer(200, READY));
    expect(await waiting.end).toBe(0);
    expect(lines(waiting.out())).toEqual([
      `waiting for auth at http://127.0.0.1:${port}/: connection refused`,
      `waiting for auth at http://127.0.0.1:${port}/: says it is starting: migrations`,
      'auth is ready',
      expect.stringMatching(/^all ready after/),
    ]);
  });

  it('is content with a slow target, but not with one that hangs, answers garbage or says 503', async () => {
    const slow = await httpTarget((request, response) => setTimeout(() => answer(200, READY)(request, response), 600));
    const hangs = await httpTarget(() => {});
    const garbage = await httpTarget(answer(200, 'welcome'));
    const busy = await httpTarget(answer(503, { ...READY, status: 'draining' }));
    const waiting = testProcess(MAIN, [
      'wait',
      '--timeout=3',
      `slow=${slow.url}`,
      `hangs=${hangs.url}`,
      `garbage=${garbage.url}`,
      `busy=${busy.url}`,
    ]);
    expect(await waiting.end).toBe(1);
    expect(waiting.out()).toContain('slow is ready\n');
    const [, reasons] = /^gave up after 3 s: not ready: (.*)\n$/.exec(waiting.err()) ?? [];
    expect(reasons).toContain('hangs (no answer within');
    expect(reasons).toContain('garbage (answered 200 without a status document)');
    expect(reasons).toContain('busy (says it is draining)');
    expect(reasons).not.toContain('slow');
  });

  it.each([
    [[], 'there is nothing to wait for'],
    [['auth'], 'auth does not begin with a name'],
    [['auth=ftp://x'], 'unknown scheme'],
    [['auth=tcp://x:1', '--timeout', 'soon'], '--timeout is soon'],
    [['auth=tcp://x:1', '--timeout', '0'], '--timeout is 0'],
    [['auth=tcp://x:1', '--retries', '3'], "Unknown option '--retries'"],
    [['auth=tcp://x:1', '--timeout'], "'--timeout <value>' argument missing"],
  ])('ends with 2 for the arguments %j', async (args, reason) => {
    const [out, err]: [string[], string[]] = [[], []];
    expect(await wait(args, { line: (text) => out.push(text), error: (text) => err.push(text) })).toBe(2);
    expect(err.join()).toContain(reason);
    expect(err.join()).toContain('usage: wait');
    expect(out).toEqual([]);
  });
});

it('wrong arguments and unknown commands end the process with 2', async () => {
  const [wrong, unknown] = [testProcess(MAIN, ['wait', '--timeout', 'soon', 'auth=tcp://x:1']), testProcess(MAIN, ['watch'])];
  expect(await wrong.end).toBe(2);
  expect(wrong.err()).toContain('usage: wait');
  expect(await unknown.end).toBe(2);
  expect(unknown.err()).toContain('unknown command watch');
});
