import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket, createServer, type Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { testDatabase } from '@taskflow/testing/service';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { connect, ping, type Sql } from '../src/database.ts';
import { migrate } from '../src/migrate.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
let url: string;
let answer = 'S';
let encrypted = 0;
let frozen = false;
let server: Server;
const opened: Sql[] = [];

/** Speaks TLS as PostgreSQL does, before a server that speaks none. */
beforeAll(async () => {
  const target = new URL(await testDatabase('tls'));
  const { hostname, port } = target;
  server = createServer((raw) => {
    raw.on('error', () => {});
    raw.once('data', () => {
      raw.write(answer);
      if (answer !== 'S') return;
      encrypted += 1;
      const client = new TLSSocket(raw, { isServer: true, key: fixture('localhost.key'), cert: fixture('localhost.crt') });
      const database = connectSocket(Number(port), hostname);
      client
        .on('data', (chunk) => frozen || database.write(chunk))
        .on('error', () => {})
        .on('close', () => database.destroy());
      database
        .on('data', (chunk) => client.write(chunk))
        .on('error', () => {})
        .on('close', () => client.destroy());
    });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  target.hostname = 'localhost';
  target.port = String((server.address() as AddressInfo).port);
  url = target.href;
});
afterEach(() => Promise.all(opened.splice(0).map((pool) => pool.end({ timeout: 0 }))));
afterAll(() => server.close());

function open(mode: string, options = {}): Sql {
  const pool = connect({ url: `${url}?sslmode=${mode}`, service: 'test', connections: 2, ...options });
  opened.push(pool);
  return pool;
}

it('encrypts with sslmode=require, for migrations too', async () => {
  const before = encrypted;
  const pool = open('require');
  await Promise.all([ping(pool), ping(pool)]);
  expect(await migrate(pool, new URL('fixtures', import.meta.url).pathname)).toEqual([]);
  expect(encrypted).toBe(before + 3);
});

it('tries a second password on another encrypted connection', async () => {
  const before = encrypted;
  const wrong = Object.assign(new URL(url), { password: 'wrong' }).href;
  const pool = connect({ url: [wrong, url].map((line) => `${line}?sslmode=require`).join('\n'), service: 'test', connections: 1 });
  opened.push(pool);
  await ping(pool);
  expect(encrypted).toBe(before + 2);
});

it('checks who the server is with sslmode=verify-full', async () => {
  await expect(ping(open('verify-full'))).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});

it.each(['N', 'Sx', 'E'])('does not go on in the clear when the answer is %s, and recovers', async (refusal) => {
  const pool = open('require');
  answer = refusal;
  await expect(ping(pool)).rejects.toThrow('PostgreSQL does not offer TLS');
  answer = 'S';
  for (let index = 0; index < 5; index++) await ping(pool);
});

it('notices silence', async () => {
  const pool = open('require', { statementTimeout: 200, silenceMargin: 300 });
  await ping(pool);
  frozen = true;
  await expect(ping(pool)).rejects.toThrow('has not answered for 500 ms');
  frozen = false;
  await ping(pool);
});
