import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { until } from '@taskflow/testing/until';
import { expect, it } from 'vitest';
import { testGateway } from './gateway.ts';
import { exchangeRaw, RawConnection } from './raw.ts';

const { url, tasks, auth, gateway } = await testGateway({ STALL_SECONDS: '0.3', STREAMS: '3' });
const patient = await testGateway();
const MiB = 1024 * 1024;

function account() {
  const claims = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), sv: 1 };
  auth.accounts.set(claims.sid, claims);
  return { ...claims, headers: { cookie: `taskflow=${claims.sid}` } };
}

/** Lets the test write events, and says when the stream has been closed. */
function eventStream() {
  const opened = Promise.withResolvers<{ write(text: string): void; closed: Promise<unknown> }>();
  tasks.handle = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    opened.resolve({ write: (text) => response.write(text), closed: once(response, 'close') });
  };
  return opened.promise;
}

it('passes the head and each event of a stream on at once, and does not end it for being quiet', async () => {
  const stream = eventStream();
  const answer = await fetch(`${url}/tasks/stream`, { headers: account().headers }); // resolves at the head, before any event
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('x-accel-buffering')).toBe('no');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { write, closed } = await stream;
  const latencies: number[] = [];
  for (let i = 0; i < 20; i++) {
    const begin = performance.now();
    write(`data: ${i}\n\n`);
    expect((await reader.read()).value).toBe(`data: ${i}\n\n`);
    latencies.push(performance.now() - begin);
  }
  expect(latencies.sort((a, b) => a - b)[10]).toBeLessThan(20);
  await sleep(800); // longer than any time-out of this gateway: the absence of an end cannot be awaited otherwise
  write('data: still there\n\n');
  expect((await reader.read()).value).toBe('data: still there\n\n');
  await reader.cancel();
  await closed;
});

it('ends the streams of a revoked session within a second, and no others', async () => {
  const [revoked, other] = [account(), account()];
  const first = eventStream();
  const ended = await fetch(`${url}/tasks/stream`, { headers: revoked.headers });
  const { closed } = await first;
  const second = eventStream();
  const goesOn = await fetch(`${url}/tasks/stream`, { headers: other.headers });
  const { write } = await second;
  const begin = performance.now();
  auth.accounts.delete(revoked.sid);
  auth.revoke({ kind: 'session', subject: revoked.sid });
  expect(await ended.text()).toBe(''); // a clean end: the client connects again, and learns what is the matter
  await closed;
  expect(performance.now() - begin).toBeLessThan(1000);
  write('data: x\n\n');
  const reader = goesOn.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: x\n\n');
  await reader.cancel();
});

it('ends a stream whose session was revoked before the service answered', async () => {
  const person = account();
  const answers = Promise.withResolvers<void>();
  const closed = new Promise((resolve) => {
    tasks.handle = async (request, response) => {
      if (request.url !== '/tasks/stream') return response.end();
      await answers.promise;
      resolve(once(response, 'close'));
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    };
  });
  const before = tasks.requests.length;
  const opening = fetch(`${url}/tasks/stream`, { headers: person.headers });
  await until(() => tasks.requests.length > before);
  auth.accounts.delete(person.sid);
  auth.revoke({ kind: 'session', subject: person.sid });
  await until(async () => (await fetch(`${url}/tasks/x`, { headers: person.headers })).status === 401);
  answers.resolve();
  expect(await (await opening).text()).toBe('');
  await closed;
});

it('ends the streams of a person whose roles have changed', async () => {
  const person = account();
  const opened = eventStream();
  const answer = await fetch(`${url}/tasks/stream`, { headers: person.headers });
  const { closed } = await opened;
  auth.revoke({ kind: 'user', subject: person.sub, securityVersion: 2 });
  expect(await answer.text()).toBe('');
  await closed;
});

it('ends the oldest stream of a person who opens too many', async () => {
  const [person, other] = [account(), account()];
  const open = async (headers: Record<string, string>) => {
    const opened = eventStream();
    const answer = await fetch(`${url}/tasks/stream`, { headers });
    return { answer, ...(await opened) };
  };
  const neighbour = await open(other.headers);
  const streams = [await open(person.headers), await open(person.headers), await open(person.headers)];
  expect(await (await fetch(`${gateway.operationsUrl}/metrics`)).text()).toMatch(/^gateway_open_streams{.*} 4$/m);
  streams.push(await open(person.headers));
  expect(await streams[0]!.answer.text()).toBe('');
  await streams[0]!.closed;
  for (const { answer, write } of [neighbour, ...streams.slice(1)]) {
    write('data: x\n\n');
    const reader = answer.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: x\n\n');
    await reader.cancel();
  }
});

it('holds the service back while the client reads slowly, in bounded memory', async () => {
  let written = 0;
  tasks.handle = (_request, response) => {
    const chunk = Buffer.alloc(64 * 1024);
    const fill = () => {
      while (written < 64 * MiB) {
        written += chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on('drain', fill);
    fill();
  };
  const connection = new RawConnection(url).send('GET /tasks/x HTTP/1.1\r\nHost: a\r\n\r\n');
  await connection.until((received) => received.length > 0);
  connection.socket.pause();
  for (let before = -1; before !== written; await sleep(100)) before = written;
  expect(written).toBeLessThan(32 * MiB); // what kernel and process hold between the two, far less than the whole
  connection.socket.destroy();
});

it('holds the client back while the service reads slowly', async () => {
  let resume = () => {};
  tasks.handle = (request, response) => {
    request.pause();
    resume = () => request.resume().on('end', () => response.end('done'));
  };
  const upload = httpRequest(`${url}/tasks/x`, { method: 'POST' });
  const answered = once(upload, 'response');
  let sent = 0;
  const chunk = Buffer.alloc(64 * 1024);
  while (upload.write(chunk) || (await Promise.race([once(upload, 'drain'), sleep(100, false)]))) sent += chunk.length;
  expect(sent).toBeLessThan(32 * MiB);
  resume();
  upload.end();
  const [answer] = await answered;
  expect(answer.statusCode).toBe(200);
  answer.resume();
});

it('carries 64 MiB both ways in flat memory', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const held = () => {
    collectGarbage();
    collectGarbage(); // what the first has found to be garbage is freed in the background, at the latest before the second
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  patient.tasks.handle = (request, response) => request.pipe(response);
  const chunks = 64;
  const chunk = Buffer.alloc(MiB);
  const begin = held();
  let most = 0;
  const upload = httpRequest(`${patient.url}/tasks/x`, { method: 'POST', headers: { 'content-length': chunks * MiB } });
  const answered = once(upload, 'response');
  let received = 0;
  const reading = answered.then(async ([answer]) => {
    for await (const part of answer) received += part.length;
  });
  for (let sent = 1; sent <= chunks; sent++) {
    if (!upload.write(chunk)) await once(upload, 'drain');
    if (sent % 16 === 0) most = Math.max(most, held() - begin);
  }
  upload.end();
  await reading;
  expect(received).toBe(chunks * MiB);
  expect(most).toBeLessThan((chunks / 4) * MiB); // of client, gateway and service together, which are all in this process
});

it('ends streams at shutdown, so that their clients go elsewhere', async () => {
  const opened = eventStream();
  const answer = await fetch(`${url}/tasks/stream`);
  const { closed } = await opened;
  const shutdown = gateway.shutdown();
  expect(await answer.text()).toBe('');
  await Promise.all([closed, shutdown]);
});

it('says on answers that it is about to go, and still serves', async () => {
  const leaving = await testGateway({ DRAIN_SECONDS: '2' });
  const shutdown = leaving.gateway.shutdown();
  const received = await exchangeRaw(leaving.url, 'GET /tasks/x HTTP/1.1\r\nHost: a\r\n\r\n'); // and it does close
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n/);
  await shutdown;
});
