import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { testServer } from '@taskflow/testing/http-server';
import { until } from '@taskflow/testing/until';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Client, ClientError, type ClientOptions } from '../src/client.ts';
import { contextFromHeaders, requestContext } from '../src/context.ts';
import { Telemetry } from '../src/telemetry.ts';

type Behaviour = (socket: Socket, head: string) => void;

/** Bytes of an answer with this body. */
const answer = (status: string, body: string, headers = 'content-type: application/json') =>
  `HTTP/1.1 ${status}\r\n${headers}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const ok: Behaviour = (socket) => void socket.write(answer('200 OK', '{"ok":true}'));

/** A server that does with each request what it is told to, and remembers what came. */
let behave: Behaviour = ok;
let heads: string[] = [];
let connections = 0;
let url: string;
beforeAll(async () => {
  const server = createServer((socket) => {
    connections += 1;
    let received = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received += chunk;
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (received.length < end + 4 + length) return;
        received = received.slice(end + 4 + length);
        heads.push(head);
        behave(socket, head);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterAll(() => server.close());
});

const clients: Client[] = [];
let telemetry: Telemetry;
function client(options: Partial<ClientOptions> = {}): Client {
  telemetry = new Telemetry('test');
  const made = new Client({ target: 'target', url, telemetry, timeoutMs: 2000, ...options });
  clients.push(made);
  return made;
}
afterEach(async () => {
  behave = ok;
  heads = [];
  await Promise.all(clients.splice(0).map((made) => made.close()));
});
const failure = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (error) => {
      expect(error).toBeInstanceOf(ClientError);
      return (error as ClientError).kind;
    },
  );
/** The first so many requests are met with one behaviour, the rest with another. */
const first = (count: number, then: Behaviour, later: Behaviour = ok): Behaviour => {
  let left = count;
  return (socket, head) => (left-- > 0 ? then : later)(socket, head);
};
const reset: Behaviour = (socket) => void socket.resetAndDestroy();
const metric = async (line: RegExp) => Number(line.exec(await telemetry.registry.metrics())?.[1]);

describe('a target that misbehaves', () => {
  it.each<[string, Behaviour, string]>([
    ['says nothing', () => {}, 'timeout'],
    ['sends its head byte by byte', (socket) => void setInterval(() => socket.write('H'), 50).unref(), 'bad_response'],
    [
      'stops within the body',
      (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a"'),
      'timeout',
    ],
    ['resets the connection', reset, 'reset'],
    [
      'resets within the body',
      (socket) =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a"', () => socket.resetAndDestroy()),
      'reset',
    ],
    ['closes without an answer', (socket) => void socket.end(), 'reset'],
    [
      'closes its half within the body',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a"'),
      'bad_response|reset',
    ],
    [
      'sends less than its chunks say',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{"a"'),
      'reset',
    ],
    ['sends no HTTP', (socket) => void socket.end('hello\r\n\r\n'), 'bad_response'],
    ['sends a page', (socket) => void socket.write(answer('200 OK', '<p>', 'content-type: text/html')), 'bad_response'],
    ['sends broken JSON', (socket) => void socket.write(answer('200 OK', '{"a":')), 'bad_response'],
    ['sends a header without end', (socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`), 'bad_response'],
  ])('%s', async (_name, behaviour, kind) => {
    behave = behaviour;
    expect(await failure(client({ timeoutMs: 400 }).post('/x', {}))).toMatch(new RegExp(`^(${kind})$`));
  });

  it('sends a body without end', async () => {
    const chunk = Buffer.alloc(65_536, 32);
    behave = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n');
      const pour = () => {
        while (!socket.destroyed && socket.write(chunk)) {}
      };
      socket.on('drain', pour);
      pour();
    };
    expect(await failure(client({ maxBytes: 1_000_000 }).get('/x'))).toBe('bad_response');
  });

  it('sends more than it announced: the answer ends there, the rest is nobody’s answer', async () => {
    behave = first(
      1,
      (socket) => void socket.write(`${answer('200 OK', '{"n":1}')}{"n":"smuggled"}`),
      (socket) => void socket.write(answer('200 OK', '{"n":2}')),
    );
    const made = client({ connections: 1 });
    await made.get('/x').catch(() => {});
    expect((await made.get<{ n: number }>('/x')).body.n).toBe(2);
  });

  it('is not there', async () => {
    expect(await failure(client({ url: 'http://127.0.0.1:9' }).post('/x', {}))).toBe('connect');
    expect(await failure(client({ url: 'http://no-such-host.invalid' }).post('/x', {}))).toBe('connect');
  });

  it('answers an error as a page: the status counts', async () => {
    behave = (socket) => void socket.write(answer('404 Not Found', '<h1>', 'content-type: text/html'));
    expect(await client().get('/x')).toMatchObject({ status: 404, body: undefined });
  });
});

describe('retries', () => {
  it('repeats safe requests after a broken connection or a 503, with the time that is left', async () => {
    for (const behaviour of [reset, (socket: Socket) => void socket.write(answer('503 Busy', '{}'))]) {
      heads = [];
      behave = first(2, behaviour);
      expect((await client().get('/x')).status).toBe(200);
      const times = heads.map((head) => Number(/x-timeout-ms: (\d+)/.exec(head)?.[1]));
      expect(times).toHaveLength(3);
      expect(times[2]).toBeLessThan(times[0]!);
    }
  });

  it('never repeats a POST', async () => {
    behave = reset;
    expect(await failure(client().post('/x', {}))).toBe('reset');
    behave = (socket) => void socket.write(answer('503 Busy', '{}', 'retry-after: 0'));
    expect((await client().post('/x', {})).status).toBe(503);
    expect(heads).toHaveLength(2);
  });

  it('repeats a POST of which the caller says that it may', async () => {
    behave = first(1, reset);
    expect((await client().post('/x', {}, { repeatable: true })).status).toBe(200);
    expect(heads).toHaveLength(2);
  });

  it('does not repeat what another attempt would not change', async () => {
    for (const status of ['400 Bad', '404 Not Found', '409 Conflict', '429 Slow', '500 Broken', '501 No']) {
      heads = [];
      behave = (socket) => void socket.write(answer(status, '{}'));
      await client().get('/x');
      expect(heads, status).toHaveLength(1);
    }
  });

  it('waits as long as Retry-After says, and not past the deadline', async () => {
    const busy =
      (value: string): Behaviour =>
      (socket) =>
        void socket.write(answer('503 Busy', '{}', `retry-after: ${value}`));
    behave = first(1, busy('1'));
    let begin = performance.now();
    expect((await client({ timeoutMs: 5000 }).get('/x')).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThan(990);
    for (const value of ['5', new Date(Date.now() + 60_000).toUTCString()]) {
      behave = busy(value);
      begin = performance.now();
      expect((await client().get('/x')).status).toBe(503);
      expect(performance.now() - begin).toBeLessThan(500);
    }
  });

  it('cannot make a storm: a reserve of ten, then one for ten requests', async () => {
    let count = 0; // every third answer is an error: too few for the circuit, enough to want fifty retries
    behave = (socket, head) => {
      count += 1;
      if (count % 3 === 0) socket.write(answer('503 Busy', '{}'));
      else ok(socket, head);
    };
    const made = client({ connections: 1 });
    const outcomes = [];
    for (let index = 0; index < 100; index++) outcomes.push((await made.get('/x')).status);
    expect(await metric(/http_client_retries_total\{.*\} (\d+)/)).toBe(heads.length - 100);
    expect(heads.length).toBeGreaterThan(110);
    expect(heads.length).toBeLessThanOrEqual(120);
    expect(outcomes).toContain(503);
  });

  it('stop at once when the caller gives up', async () => {
    behave = (socket) => void socket.write(answer('503 Busy', '{}', 'retry-after: 1'));
    const controller = new AbortController();
    const call = failure(client({ timeoutMs: 5000 }).get('/x', { signal: controller.signal }));
    await until(() => heads.length === 1);
    controller.abort();
    expect(await call).toBe('aborted');
    expect(await failure(client().get('/x', { signal: controller.signal }))).toBe('aborted');
    expect(heads).toHaveLength(1);
  });
});

describe('deadline', () => {
  it('is the nearest of the call’s, the client’s and the request’s that is being served', async () => {
    behave = () => {};
    const time = async (call: () => Promise<unknown>) => {
      const begin = performance.now();
      expect(await failure(call())).toBe('timeout');
      return performance.now() - begin;
    };
    expect(await time(() => client({ timeoutMs: 150 }).get('/x'))).toBeLessThan(1000);
    expect(await time(() => client().get('/x', { timeoutMs: 150 }))).toBeLessThan(1000);
    const context = contextFromHeaders({ 'x-timeout-ms': '150' });
    expect(await time(() => requestContext.run(context, () => client().get('/x')))).toBeLessThan(1000);
    heads = [];
    expect(await time(() => requestContext.run(context, () => client().get('/x')))).toBeLessThan(50);
    expect(heads).toEqual([]); // its time was up before
  });

  it('travels over two hops, and none works past it', async () => {
    const seen: number[] = [];
    let work = 3000; // far more than the deadline, so that a busy machine cannot be taken for a hop that waits for it
    const last = await testServer((app) => {
      app.get('/last', async (request) => {
        seen.push(request.context.deadline - performance.now());
        await new Promise((resolve) => setTimeout(resolve, work));
        return {};
      });
    });
    const toLast = client({ url: last.url });
    const middle = await testServer((app) => {
      app.get('/middle', async (request) => {
        seen.push(request.context.deadline - performance.now());
        await new Promise((resolve) => setTimeout(resolve, 60));
        return (await toLast.get('/last')).body;
      });
    });
    const begin = performance.now();
    const outcome = await fetch(`${middle.url}/middle`, { headers: { 'x-timeout-ms': '250' } });
    expect(outcome.status).toBe(504);
    expect(performance.now() - begin).toBeLessThan(work);
    expect(seen[0]).toBeLessThanOrEqual(250);
    expect(seen[1]).toBeLessThan(seen[0]! - 50);
    work = 100;
    expect((await fetch(`${middle.url}/middle`, { headers: { 'x-timeout-ms': '5000' } })).status).toBe(200);
  });
});

describe('connections and signals', () => {
  it('reuses its connections', async () => {
    const made = client({ connections: 4 });
    const before = connections;
    for (let index = 0; index < 10; index++) await Promise.all(Array.from({ length: 8 }, () => made.get('/x')));
    expect(connections - before).toBeLessThanOrEqual(4);
  });

  it('closes one that is idle before the target can, whatever longer time it offers', async () => {
    let ended: Promise<unknown> | undefined;
    behave = (socket) => {
      ended = once(socket, 'end');
      socket.resume().write(answer('200 OK', '{}', 'content-type: application/json\r\nkeep-alive: timeout=75'));
    };
    await client().get('/x');
    const begin = performance.now();
    await ended;
    expect(performance.now() - begin).toBeLessThan(7000);
  }, 10_000);

  it('leaves no listener on the caller’s signal', async () => {
    const { signal } = new AbortController();
    let listening = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...parameters: Parameters<typeof add>) => {
      listening += 1;
      add(...parameters);
    };
    signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
      listening -= 1;
      remove(...parameters);
    };
    const made = client();
    for (let index = 0; index < 20; index++) await made.get('/x', { signal });
    behave = reset;
    await failure(made.post('/x', {}, { signal }));
    expect(listening).toBe(0);
  });

  it('tells the target that the caller has gone', async () => {
    let closed = false;
    behave = (socket) =>
      void socket.on('close', () => {
        closed = true;
      });
    const controller = new AbortController();
    const call = failure(client().get('/x', { signal: controller.signal }));
    await until(() => heads.length === 1);
    controller.abort();
    expect(await call).toBe('aborted');
    await until(() => closed);
  });
});

describe('circuit', () => {
  const broken: Behaviour = (socket) => void socket.write(answer('500 Broken', '{}'));
  const state = () => metric(/http_client_circuit_state\{.*\} (\d)/);

  it('opens after failures, refuses at once, lets one through after a pause, and closes when that succeeds', async () => {
    behave = broken;
    const made = client();
    for (let index = 0; index < 5; index++) expect((await made.post('/x', {})).status).toBe(500);
    expect(await state()).toBe(2);
    heads = [];
    expect(await failure(made.post('/x', {}))).toBe('circuit_open');
    expect(heads).toEqual([]);

    let release: () => void = () => {};
    behave = (socket) => {
      release = () => broken(socket, '');
    };
    const trial = until(async () => (await made.post('/x', {})).status, { what: 'a trial' });
    await until(() => heads.length === 1);
    expect(await state()).toBe(1);
    expect(await Promise.all(Array.from({ length: 5 }, () => failure(made.post('/x', {}))))).toEqual(Array(5).fill('circuit_open'));
    release();
    expect(await trial).toBe(500);
    expect(await state()).toBe(2);

    behave = ok;
    expect(await until(async () => (await made.post('/x', {})).status)).toBe(200);
    expect(await state()).toBe(0);
    expect((await Promise.all(Array.from({ length: 5 }, () => made.post('/x', {})))).map(({ status }) => status)).toEqual(
      Array(5).fill(200),
    );
  });

  it('is not opened by callers that give up or have no time, nor by refusals', async () => {
    const made = client();
    behave = () => {};
    for (let index = 0; index < 6; index++) {
      expect(await failure(made.post('/x', {}, { timeoutMs: 20 }))).toBe('timeout');
      expect(await failure(made.post('/x', {}, { signal: AbortSignal.timeout(20) }))).toBe('aborted');
    }
    behave = (socket) => void socket.write(answer('422 No', '{}'));
    for (let index = 0; index < 10; index++) expect((await made.post('/x', {})).status).toBe(422);
  });
});
