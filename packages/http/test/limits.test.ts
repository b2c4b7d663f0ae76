import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { testServer } from '@taskflow/testing/http-server';
import { until } from '@taskflow/testing/until';
import { beforeAll, expect, it } from 'vitest';
import type { Server } from '../src/server.ts';

let app: Server;
let port: number;
beforeAll(async () => {
  app = await testServer((server) => {
    server.post('/x', async () => ({}));
    server.get('/x', async () => ({}));
  });
  port = Number(new URL(app.url).port);
});

/** Sends a piece every 100 ms until the connection ends; gives the answer. */
async function drip(pieces: (index: number) => string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  let index = 0;
  const timer = setInterval(() => socket.writable && socket.write(pieces(index++)), 100);
  await once(socket, 'close');
  clearInterval(timer);
  return answer;
}

it('has limits that end every request and connection', () => {
  const { server } = app;
  expect([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout, server.maxConnections]).toEqual([
    10_000, 120_000, 75_000, 10_000,
  ]);
});

it('cuts off a client that sends its head slowly', async () => {
  app.server.headersTimeout = 300; // the real one is checked above; here it shows that it works
  const begin = performance.now();
  expect(await drip((index) => (index === 0 ? 'GET /x HTTP/1.1\r\nhost: a\r\n' : `x-${index}: y\r\n`))).toMatch(
    /^HTTP\/1.1 408 [\s\S]*"code":"request_timeout"/,
  );
  expect(performance.now() - begin).toBeLessThan(4000);
  app.server.headersTimeout = 10_000;
});

it('cuts off a client that sends its body slowly, and leaves others alone', async () => {
  Object.assign(app.server, { headersTimeout: 500, requestTimeout: 500 }); // Node swaps them when the first is longer
  const slow = drip((index) =>
    index === 0 ? 'POST /x HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n' : ' ',
  );
  expect((await fetch(`${app.url}/x`)).status).toBe(200);
  expect(await slow).toMatch(/^HTTP\/1.1 408 /);
  Object.assign(app.server, { headersTimeout: 10_000, requestTimeout: 120_000 });
});

it('takes no more connections than it has room for', async () => {
  const small = await testServer((server) => {
    server.get('/x', async () => ({}));
  });
  small.server.maxConnections = 2;
  const sockets: Socket[] = [];
  for (let index = 0; index < 2; index++) {
    const socket = connect(Number(new URL(small.url).port), '127.0.0.1');
    socket.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n');
    sockets.push(socket);
    await once(socket, 'data');
  }
  await expect(fetch(`${small.url}/x`)).rejects.toThrow();
  for (const socket of sockets) socket.destroy();
  await until(() => fetch(`${small.url}/x`).then(({ ok }) => ok));
});
