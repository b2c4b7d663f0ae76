import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { testServer } from '@taskflow/testing/http-server';
import { until } from '@taskflow/testing/until';
import { expect, it } from 'vitest';

/** An answer that comes when told to. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

it('fails readiness first, serves on, then finishes what it serves and closes kept-alive connections', async () => {
  const { open, opened } = gate();
  let arrived = false;
  const app = await testServer(
    (server) => {
      server.get('/held', async () => {
        arrived = true;
        await opened;
        return { done: true };
      });
      server.get('/quick', async () => ({ done: true }));
    },
    { settings: { DRAIN_SECONDS: 0.4, SHUTDOWN_SECONDS: 10 } },
  );
  const agent = new Agent({ keepAlive: true });
  const request = get(`${app.url}/held`, { agent });
  const answer = once(request, 'response');
  await until(() => arrived);

  const begin = performance.now();
  const closed = app.shutdown();
  expect((await fetch(`${app.operationsUrl}/readyz`)).status).toBe(503);
  expect((await fetch(`${app.operationsUrl}/livez`)).status).toBe(200);
  const during = await fetch(`${app.url}/quick`);
  expect([during.status, during.headers.get('connection')]).toEqual([200, 'close']);
  await until(
    () =>
      fetch(`${app.url}/quick`).then(
        () => false,
        () => true,
      ),
    { what: 'the port to close' },
  );
  expect(performance.now() - begin).toBeGreaterThan(390);

  open();
  const [response] = await answer;
  expect(response.headers.connection).toBe('close'); // it began before the drain
  response.resume();
  await closed;
  expect(performance.now() - begin).toBeLessThan(3000);
  await expect(fetch(`${app.operationsUrl}/livez`)).rejects.toThrow();
});

it('lets streams say where to resume, when the port closes', async () => {
  let forget = () => {};
  const app = await testServer((server) => {
    server.get('/stream', (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
      reply.raw.write('id: 7\ndata: {}\n\n');
      forget = server.health.onDrain(() => reply.raw.end('retry: 100\n\n'));
    });
    server.health.onDrain(() => {
      throw new Error('a listener that fails stops nobody else');
    });
  });
  const stream = await fetch(`${app.url}/stream`);
  const other = await fetch(`${app.url}/stream`);
  forget(); // the other's listener is taken back: it is cut at the deadline
  const begin = performance.now();
  const closed = app.shutdown();
  expect(await stream.text()).toBe('id: 7\ndata: {}\n\nretry: 100\n\n');
  await expect(other.text()).rejects.toThrow();
  await closed;
  expect(performance.now() - begin).toBeGreaterThan(900);
});

it('cuts what has not ended by the deadline', async () => {
  const app = await testServer((server) => {
    server.get('/endless', () => new Promise(() => {}));
  });
  const cut = expect(fetch(`${app.url}/endless`)).rejects.toThrow();
  await until(async () =>
    (await (await fetch(`${app.operationsUrl}/metrics`)).text()).includes('http_server_requests_in_flight{service="test"} 1'),
  );
  const begin = performance.now();
  await Promise.all([app.shutdown(), app.shutdown()]);
  expect(performance.now() - begin).toBeLessThan(2500);
  await cut;
});
