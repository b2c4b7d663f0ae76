import { SettingsError } from '@taskflow/http/settings';
import { testDatabase } from '@taskflow/testing/service';
import { type TcpProxy, testTcpProxy } from '@taskflow/testing/tcp-proxy';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, type DatabaseOptions, ping, type Sql } from '../src/database.ts';
import { listen } from '../src/listen.ts';

let base: URL;
let user: string;
let admin: Sql;
const opened: Sql[] = [];

beforeAll(async () => {
  base = new URL(await testDatabase('rotation'));
  user = base.username;
  admin = postgres(inject('postgresUrl'), { max: 1 });
});
afterEach(() => Promise.all(opened.splice(0).map((pool) => pool.end({ timeout: 0 }))));
afterAll(() => admin.end());

const setPassword = (password: string) => admin.unsafe(`alter role ${user} password '${password}'`);
const withPassword = (...passwords: string[]) =>
  passwords.map((password) => Object.assign(new URL(base), { password: encodeURIComponent(password) }).href).join('\n');

function open(url: DatabaseOptions['url'], options: Partial<DatabaseOptions> = {}): Sql {
  const pool = connect({ url, service: 'test', ...options });
  opened.push(pool);
  return pool;
}

it('the password is changed while connections come and go: no statement fails', async () => {
  await setPassword('p0');
  let file = withPassword('p0');
  let running = true;
  let [connections, statements] = [0, 0];
  const lasting = open(() => file, { connections: 3 });
  const heard: Array<string | undefined> = [];
  const listener = listen(lasting, 'rotation', (payload) => heard.push(payload));

  async function comeAndGo(): Promise<void> {
    while (running) {
      const pool = connect({ url: () => file, service: 'test', connections: 2 });
      await Promise.all([ping(pool), pool.begin((tx) => tx`select 1`), ping(lasting)]);
      await pool.end();
      connections += 2;
      statements += 3;
    }
  }
  const clients = Array.from({ length: 4 }, comeAndGo);
  clients.push(
    (async () => {
      for (let round = 1; round <= 6; round++) {
        const [old, young] = [`p${round - 1}`, `p${round}`];
        const some = () => ((least) => until(() => connections >= least, { ms: 20_000 }))(connections + 20);
        file = withPassword(young, old);
        await some(); // whoever opened a connection before has logged in
        await setPassword(young);
        await some();
        file = withPassword(young);
        await some();
      }
      running = false;
    })(),
  );
  await Promise.all(clients);
  expect(connections).toBeGreaterThan(300);
  expect(statements).toBeGreaterThan(connections);
  await until(async () => {
    await lasting`select pg_notify('rotation', 'still there')`;
    return heard.includes('still there');
  });
  await listener.close();
});

describe('two passwords', () => {
  let proxy: TcpProxy;
  const through = (...passwords: string[]) =>
    withPassword(...passwords)
      .split('\n')
      .map((line) => Object.assign(new URL(line), { hostname: proxyUrl.hostname, port: proxyUrl.port }).href)
      .join('\n');
  let proxyUrl: URL;

  beforeAll(async () => {
    await setPassword('good');
    const made = await testTcpProxy(base.href);
    ({ proxy } = made);
    proxyUrl = new URL(made.url);
  });
  const loginsOf = async (task: () => Promise<unknown>) => {
    const before = proxy.connections;
    await task();
    return proxy.connections - before;
  };

  it('whichever is right is found, wherever it stands; a refused one costs one login, not one a connection', async () => {
    for (const [passwords, refused] of [
      [['good', 'old'], 0],
      [['new', 'good'], 1],
      [['new', 'newer', 'good'], 2],
    ] as const) {
      const pool = open(through(...passwords), { connections: 5 });
      expect(await loginsOf(() => ping(pool))).toBe(1 + refused);
      // Each of these takes a connection of its own.
      const all = () => Promise.all(Array.from({ length: 5 }, () => pool`select pg_sleep(0.05)`));
      expect(await loginsOf(all)).toBe(4);
    }
  });

  it('one that was in use alone is tried first, until it is refused', async () => {
    let file = through('good');
    const pools = [1, 2, 3, 4].map(() => open(() => file, { connections: 2 }));
    const next = () => ping(pools.shift() as Sql);
    const pool = open(() => file, { connections: 3 });
    expect(await loginsOf(next)).toBe(1);
    await ping(pool);
    file = through('new', 'good');
    expect(await loginsOf(() => Promise.all([pool`select pg_sleep(0.05)`, ping(pool)]))).toBe(1);
    await setPassword('new');
    expect(await loginsOf(() => Promise.all([pool`select pg_sleep(0.05)`, pool`select pg_sleep(0.05)`, ping(pool)]))).toBe(2);
    await setPassword('good');
  });

  it('28P01 when none is right, in words that say so; and the pool recovers', async () => {
    let file = withPassword('bad', 'worse');
    const pool = open(() => file, { connections: 2 });
    for (let round = 0; round < 2; round++) {
      await expect(ping(pool)).rejects.toMatchObject({
        code: '28P01',
        message: expect.stringMatching('PostgreSQL accepts none of the 2 passwords of the database address'),
      });
    }
    await expect(pool.begin((tx) => tx`select 1`)).rejects.toMatchObject({ code: '28P01' });
    file = withPassword('bad', 'good');
    await ping(pool);
    await pool.begin((tx) => tx`select 1`);
    await expect(ping(open(withPassword('bad')))).rejects.toMatchObject({ code: '28P01' });
  });

  it('other refusals are told as they are', async () => {
    const elsewhere = withPassword('good', 'other').replace(/[^/]+$/gm, 'nowhere');
    await expect(ping(open(elsewhere))).rejects.toMatchObject({ code: '3D000' });
    await proxy.close();
    await expect(ping(open(through('good', 'other')))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.open();
    const pool = open(through('bad', 'good'), { connections: 1 });
    proxy.freeze();
    const before = proxy.connections;
    const lost = expect(ping(pool)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until(() => proxy.connections > before);
    proxy.cut();
    proxy.thaw();
    await lost;
    await until(() => ping(pool));
  });
});

describe('lines that lead elsewhere', () => {
  const good = 'postgres://tasks:secret1@db.example.org:5432/tasks?sslmode=verify-full';

  it.each([
    ['host', 'postgres://tasks:secret2@other.example.org:5432/tasks?sslmode=verify-full'],
    ['port', 'postgres://tasks:secret2@db.example.org:5433/tasks?sslmode=verify-full'],
    ['username', 'postgres://auth:secret2@db.example.org:5432/tasks?sslmode=verify-full'],
    ['database', 'postgres://tasks:secret2@db.example.org:5432/auth?sslmode=verify-full'],
    ['ssl', 'postgres://tasks:secret2@db.example.org:5432/tasks'],
  ])('a different %s is refused at the start', (name, line) => {
    const attempt = () => open(`${good}\n${line}`);
    expect(attempt).toThrow(SettingsError);
    expect(attempt).toThrow(`database address, line 2: its ${name} differs from the address in use; only the password may`);
    expect(attempt).not.toThrow(/secret/);
  });

  it.each(['no address: secret', 'https://tasks:secret@db.example.org/tasks', 'postgres://tasks:secret@db.example.org'])(
    '%s is no address',
    (line) => {
      const attempt = () => open(line.replaceAll(' ', ''));
      expect(attempt).toThrow('database address, line 1: expected postgres://user:password@host:port/database');
      expect(attempt).not.toThrow(/secret/);
    },
  );

  it('while running they change nothing, with a warning that holds no secret', async () => {
    await setPassword('good');
    let file = withPassword('good');
    const pool = open(() => file, { connections: 1 });
    const end = async () => {
      const [row] = await pool`select pg_backend_pid() as pid`;
      await admin`select pg_terminate_backend(${row?.pid})`;
      await until(async () => (await admin`select from pg_stat_activity where pid = ${row?.pid}`).length === 0);
    };
    const warnings: Error[] = [];
    const remember = (warning: Error) => void warnings.push(warning);
    process.on('warning', remember);
    await end();
    file = withPassword('good').replace(base.port, '1');
    await until(() => ping(pool));
    await end();
    file = 'nonsense';
    await until(() => ping(pool));
    process.off('warning', remember);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('its port differs from the address in use'),
      expect.stringContaining('line 1: expected postgres://'),
    ]);
  });
});
