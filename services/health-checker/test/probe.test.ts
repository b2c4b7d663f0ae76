import { freePort } from '@taskflow/testing/postgres';
import { describe, expect, it } from 'vitest';
import { probe } from '../src/probe.ts';
import { parseTargets } from '../src/targets.ts';
import { answer, httpTarget, READY, tcpTarget } from './targets.ts';

const LIMITS = { timeoutMs: 300, degradedAboveMs: 100 };
const PATIENT = { timeoutMs: 10_000, degradedAboveMs: 10_000 };

async function probeUrl(url: string, limits = LIMITS) {
  return probe(parseTargets([`target=${url}`])[0]!, limits);
}

describe('a status document', () => {
  it('that says ready is up', async () => {
    const { url } = await httpTarget(answer(200, READY));
    expect(await probeUrl(url, PATIENT)).toEqual({ state: 'up', ready: true, latencyMs: expect.any(Number) });
  });

  it.each([
    ['draining', undefined, 'says it is draining'],
    ['starting', undefined, 'says it is starting'],
    ['unavailable', ['database', 'auth'], 'says it is unavailable: database, auth'],
  ])('that says %s is degraded and not ready', async (status, failing, error) => {
    const { url } = await httpTarget(answer(503, { ...READY, status, ...(failing ? { failing } : {}) }));
    expect(await probeUrl(url, PATIENT)).toMatchObject({ state: 'degraded', ready: false, error });
  });

  it('that comes late is degraded, but ready', async () => {
    const { url } = await httpTarget((request, response) => setTimeout(() => answer(200, READY)(request, response), 150));
    const result = await probeUrl(url, { ...PATIENT, degradedAboveMs: 100 });
    expect(result).toMatchObject({ state: 'degraded', ready: true, error: 'slow: more than 100 ms' });
    expect(result.latencyMs).toBeGreaterThan(140);
  });
});

describe('down', () => {
  it('is a target that refuses', async () => {
    expect(await probeUrl(`http://127.0.0.1:${await freePort()}/`, PATIENT)).toMatchObject({
      state: 'down',
      ready: false,
      error: 'connection refused',
    });
  });

  it('is a target that hangs before the answer', async () => {
    const { url } = await httpTarget(() => {});
    const result = await probeUrl(url);
    expect(result).toMatchObject({ state: 'down', error: 'no answer within 300 ms' });
    expect(result.latencyMs).toBeGreaterThan(290);
    expect(result.latencyMs).toBeLessThan(5000);
  });

  it('is a target that hangs in the middle of the answer', async () => {
    const { url } = await httpTarget((_request, response) => response.writeHead(200, { 'content-length': 100 }).write('{"ser'));
    expect(await probeUrl(url)).toMatchObject({ state: 'down', error: 'no answer within 300 ms' });
  });

  it('is a target that drips for ever', async () => {
    const { url } = await httpTarget((_request, response) => {
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });
    expect(await probeUrl(url)).toMatchObject({ state: 'down', error: 'no answer within 300 ms' });
  });

  it('is a target that cuts the answer', async () => {
    const { url } = await httpTarget((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"ser', () => response.socket?.destroy());
    });
    expect(await probeUrl(url, PATIENT)).toMatchObject({ state: 'down', error: 'connection closed before the answer was complete' });
  });

  it('is a target that never ends', async () => {
    const { url } = await httpTarget((_request, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(16_384), () => more());
      };
      more();
    });
    expect(await probeUrl(url, PATIENT)).toMatchObject({
      state: 'down',
      error: 'answered with more than 65536 bytes',
    });
  });

  it.each([
    ['HTML', 200, '<html>welcome</html>'],
    ['JSON of another kind', 200, { ok: true }],
    ['nothing', 204, ''],
    ['a bare 503', 503, ''],
    ['a redirect', 302, ''],
  ])('is a target that answers with %s', async (_what, status, body) => {
    const { url } = await httpTarget(answer(status, body));
    expect(await probeUrl(url, PATIENT)).toMatchObject({ state: 'down', error: `answered ${status} without a status document` });
  });

  it('is a target that does not speak HTTP', async () => {
    const { port } = await tcpTarget('SSH-2.0-OpenSSH_9.6\r\n');
    const result = await probeUrl(`http://127.0.0.1:${port}/`, PATIENT);
    expect(result).toMatchObject({ state: 'down', error: expect.stringMatching(/./) });
  });

  it('is a name that cannot be resolved', async () => {
    expect(await probeUrl('http://does-not-exist.invalid/', PATIENT)).toMatchObject({
      state: 'down',
      error: expect.stringContaining('host name not found'),
    });
  });
});

describe('tcp', () => {
  it('is up when the port opens', async () => {
    const { url } = await tcpTarget();
    expect(await probeUrl(url, PATIENT)).toMatchObject({ state: 'up', ready: true });
  });

  it('is down when it does not', async () => {
    expect(await probeUrl(`tcp://127.0.0.1:${await freePort()}`, PATIENT)).toMatchObject({ state: 'down', error: 'connection refused' });
  });
});

it('opens a new connection for each probe', async () => {
  const ports = new Set<number | undefined>();
  const { url } = await httpTarget((request, response) => {
    ports.add(request.socket.remotePort);
    answer(200, READY)(request, response);
  });
  for (let count = 0; count < 3; count++) await probeUrl(url, PATIENT);
  expect(ports.size).toBe(3);
});
