import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { until } from '@taskflow/testing/until';
import { afterEach, expect, it } from 'vitest';

type Line = Record<string, unknown> & { msg: string };

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('process.ts', import.meta.url))], {
    env: { PATH: process.env.PATH, PORT: '0', OPERATIONS_PORT: '0', DRAIN_SECONDS: '0', ...environment },
  });
  running.push(child);
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number);
  const lines = () =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const address = () =>
    until(() =>
      lines()
        .map(({ msg }) => /^listening at (http\S+)$/.exec(msg)?.[1])
        .find(Boolean),
    );
  return { child, ended, lines, address, out: () => out, errors: () => errors };
}

it('logs its settings and one line a request, and nothing that is secret', async () => {
  const { child, ended, lines, address, out } = start();
  const url = await address();
  await until(() => lines().some(({ msg }) => msg === 'ready'));
  await fetch(`${url}/x/secret-id?token=hunter2`, { headers: { 'x-request-id': 'request-of-test', authorization: 'Bearer hunter2' } });
  await until(() => lines().some(({ msg }) => msg === 'request'));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);

  expect(lines().find(({ msg }) => msg === 'settings')).toMatchObject({ settings: { LOG_LEVEL: 'info', MAIL_URL: 'smtp://***@mail' } });
  const [request, ...more] = lines().filter(({ msg }) => msg === 'request');
  expect(more).toEqual([]);
  expect(request).toEqual({
    level: 'info',
    time: expect.any(String),
    service: 'small',
    msg: 'request',
    requestId: 'request-of-test',
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    method: 'GET',
    route: '/x/:id',
    status: 500,
    ms: expect.any(Number),
  });
  expect(lines().find(({ msg }) => msg === 'request failed')).toMatchObject({
    level: 'error',
    requestId: 'request-of-test',
    err: { message: 'failed', stack: expect.any(String) },
  });
  expect(lines().find(({ msg }) => msg === 'something')).toBeDefined();
  expect(out()).not.toMatch(/hunter2|secret-id|ana@example/);
});

it('tells in one line what keeps it from starting', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const collision = start({ PORT: String(port) });
  const wrong = start({ LOG_LEVEL: 'loud', SHUTDOWN_SECOND: '1' });
  expect(await Promise.all([collision.ended, wrong.ended])).toEqual([1, 1]);
  expect(collision.errors()).toBe(`port ${port} is taken: stop what listens there, or set another PORT or OPERATIONS_PORT\n`);
  expect(wrong.errors()).toMatch(
    /^variable LOG_LEVEL is "loud": expected one of [^\n]+; variable SHUTDOWN_SECOND is unknown: is SHUTDOWN_SECONDS meant\?\n$/,
  );
  taken.close();
});

it('drains at the first signal and ends at the second', async () => {
  const { child, ended, lines, address } = start({ DRAIN_SECONDS: '30' });
  const url = await address();
  child.kill('SIGTERM');
  await until(() => lines().some(({ msg }) => msg === 'draining'));
  expect((await fetch(url)).status).toBe(503);
  child.kill('SIGINT');
  expect(await ended).toBe(1);
});

it('ends by SIGTERM while it is still being put together', async () => {
  const run = new URL('../src/run.ts', import.meta.url);
  const program = `import { run } from '${run}'; setTimeout(() => console.log('composing')); await run(() => new Promise(() => setInterval(() => {}, 1000)));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
});
