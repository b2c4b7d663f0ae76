import type { ServerResponse } from 'node:http';
import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from '../src/proxy/concurrency-limit.ts';
import { testGateway } from './gateway.ts';
import { RawConnection } from './raw.ts';

describe('the concurrency limit', () => {
  /** A target that works on `capacity` requests at once, 10 ms each, and lets the others wait. */
  function simulation(initial = 200) {
    let now = 0;
    let ends: Array<{ at: number; latency: number }> = [];
    const limit = new ConcurrencyLimit({ initial, now: () => now });
    const run = ({ capacity, demand, seconds }: Record<'capacity' | 'demand' | 'seconds', number>) => {
      for (const end = now + seconds * 1000; now < end; now += 5) {
        for (const { latency } of ends.filter(({ at }) => at <= now)) limit.end(latency);
        ends = ends.filter(({ at }) => at > now);
        while (limit.inFlight < demand && !limit.full) {
          limit.begin();
          const latency = 10 * Math.max(1, limit.inFlight / capacity);
          ends.push({ at: now + latency, latency });
        }
      }
    };
    return { limit, run };
  }

  it('grows while the target keeps up', () => {
    const { limit, run } = simulation(50);
    run({ capacity: 10_000, demand: 10_000, seconds: 60 });
    expect(limit.limit).toBeGreaterThan(300);
  });

  it('falls when the target slows down, and comes back', () => {
    const { limit, run } = simulation();
    run({ capacity: 400, demand: 400, seconds: 30 });
    const healthy = limit.limit;
    run({ capacity: 20, demand: 400, seconds: 20 });
    expect(limit.limit).toBeLessThan(healthy / 3);
    run({ capacity: 400, demand: 400, seconds: 120 });
    expect(limit.limit).toBeGreaterThan(healthy / 2);
  });

  it('does not grow for want of demand', () => {
    const { limit, run } = simulation();
    run({ capacity: 400, demand: 5, seconds: 30 });
    expect(limit.limit).toBe(200);
  });

  it('falls at time-outs, and never below its least', () => {
    const { limit } = simulation();
    for (let i = 0; i < 100; i++) {
      limit.begin();
      limit.end(Number.POSITIVE_INFINITY);
      if (i === 0) expect(limit.limit).toBe(180);
    }
    expect(limit.limit).toBe(20);
    expect(limit.inFlight).toBe(0);
  });
});

describe('the gateway', async () => {
  const { url, tasks, notifications } = await testGateway({ TIMEOUT_SECONDS: '5' });

  it('sheds what a service would only queue, at once and with Retry-After', async () => {
    const held: ServerResponse[] = [];
    tasks.handle = (_request, response) => held.push(response);
    const waiting = Array.from({ length: 200 }, () => fetch(`${url}/tasks/x`));
    await until(() => held.length === 200);
    const begin = performance.now();
    const refused = await fetch(`${url}/tasks/x`);
    expect(performance.now() - begin).toBeLessThan(200);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    expect((await fetch(`${url}/notifications/x`)).status).toBe(200); // others are not concerned
    for (const response of held) response.end();
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    tasks.handle = (_request, response) => response.end('{}');
    expect((await fetch(`${url}/tasks/x`)).status).toBe(200);
  });

  it('gives the places of clients that went away to others', async () => {
    tasks.handle = () => {};
    const before = tasks.requests.length;
    const abort = new AbortController();
    const waiting = Array.from({ length: 200 }, () => fetch(`${url}/tasks/x`, { signal: abort.signal }).catch(() => {}));
    await until(() => tasks.requests.length === before + 200);
    abort.abort();
    await Promise.all(waiting);
    tasks.handle = (_request, response) => response.end('{}');
    await until(async () => (await fetch(`${url}/tasks/x`)).status === 200, { ms: 2000 });
  });

  it('does not count open streams or slow uploads', async () => {
    tasks.handle = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
    };
    const abort = new AbortController();
    const streams = await Promise.all(Array.from({ length: 250 }, () => fetch(`${url}/tasks/stream`, { signal: abort.signal })));
    expect(streams.every(({ status }) => status === 200)).toBe(true);
    tasks.handle = (request, response) => request.resume().on('end', () => response.end('{}'));
    const uploads = Array.from({ length: 210 }, () =>
      new RawConnection(url).send('POST /tasks/x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc'),
    );
    const before = tasks.requests.length;
    await until(() => tasks.requests.length >= before + 210);
    expect((await fetch(`${url}/tasks/x`)).status).toBe(200);
    abort.abort();
    for (const { socket } of uploads) socket.destroy();
  });

  it('leaves a service alone that keeps failing, says so, and comes back to it', async () => {
    notifications.handle = (request) => request.socket.destroy();
    let answer: Response;
    do answer = await fetch(`${url}/notifications/x`, { method: 'POST' });
    while (answer.status === 502);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toMatchObject({ code: 'target_unavailable', detail: expect.stringContaining('notifications') });
    const before = notifications.requests.length;
    await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/notifications/x`)));
    expect(notifications.requests.length - before).toBeLessThanOrEqual(2);
    notifications.handle = (_request, response) => response.end('{}');
    await until(async () => (await fetch(`${url}/notifications/x`)).status === 200, { ms: 3000, every: 50 });
  });

  it('does not close the door for one failing operation', async () => {
    tasks.handle = (_request, response) => response.writeHead(500).end();
    for (let i = 0; i < 30; i++) expect((await fetch(`${url}/tasks/broken`)).status).toBe(500);
  });
});

it('answers 503 when a service is not there', async () => {
  const { url } = await testGateway({ METRICS_URL: 'http://127.0.0.1:9' });
  const answer = await fetch(`${url}/metrics/status`);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await answer.json()).toMatchObject({ code: 'target_unavailable', detail: 'The service "metrics" cannot be reached' });
});
