import { contextFromHeaders, requestContext } from '@taskflow/http/context';
import { Telemetry } from '@taskflow/http/telemetry';
import { testDatabase } from '@taskflow/testing/service';
import { type TcpProxy, testTcpProxy } from '@taskflow/testing/tcp-proxy';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, type DatabaseOptions, ping, type Sql, serializable, transaction, violates } from '../src/database.ts';
import { listen } from '../src/listen.ts';
import { observePool } from '../src/observe.ts';

let url: string;
let sql: Sql;
const opened: Sql[] = [];

beforeAll(async () => {
  url = await testDatabase('database');
  sql = connect({ url, service: 'test' });
  await sql`create table accounts (id integer primary key, balance integer not null constraint not_negative check (balance >= 0))`;
});
afterEach(() => Promise.all(opened.splice(0).map((pool) => pool.end({ timeout: 0 }))));
afterAll(() => sql.end({ timeout: 1 }));

function open(options: Partial<DatabaseOptions> = {}): Sql {
  const pool = connect({ url, service: 'test', ...options });
  opened.push(pool);
  return pool;
}
const codeOf = (query: Promise<unknown>) =>
  query.then(
    () => 'none',
    (error: { code?: string }) => error.code,
  );

/** Whoever calls it waits until as many have; from then on nobody waits, so that a transaction that runs again passes. */
function meeting(people: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = people;
  return () => {
    missing -= 1;
    if (missing === 0) resolve();
    return promise;
  };
}

describe('limits', () => {
  it('ends a statement that takes too long', async () => {
    expect(await codeOf(open({ statementTimeout: 100 })`select pg_sleep(10)`)).toBe('57014');
  });

  it('ends the wait for a lock', async () => {
    const pool = open({ statementTimeout: 200 });
    await sql`insert into accounts values (100, 0)`;
    await sql.begin(async (tx) => {
      await tx`select from accounts where id = 100 for update`;
      expect(await codeOf(pool`update accounts set balance = 1 where id = 100`)).toMatch(/^(55P03|57014)$/);
    });
  });

  it('opens no more connections than it may; the rest wait', async () => {
    const pool = open({ connections: 2 });
    const pids = await Promise.all(Array.from({ length: 20 }, () => pool`select pg_backend_pid() as pid, pg_sleep(0.01)`));
    expect(new Set(pids.map(([row]) => row?.pid)).size).toBe(2);
  });
});

it('takes a rotated password for new connections', async () => {
  const own = await testDatabase('rotation');
  const user = new URL(own).username;
  let current = own;
  const pool = open({ url: () => current, connections: 1 });
  await ping(pool);

  const rotated = new URL(own);
  rotated.password = 'another';
  const admin = postgres(inject('postgresUrl'), { max: 1 });
  opened.push(admin);
  await admin.unsafe(`alter role ${user} password 'another'`);
  current = rotated.href;
  await admin`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${user}`;
  await until(() => ping(pool), { what: 'a connection with the new password' });
  expect(await codeOf(ping(open({ url: own })))).toBe('28P01');
});

describe('a server that goes away', () => {
  let proxy: TcpProxy;
  let through: string;

  beforeAll(async () => {
    ({ proxy, url: through } = await testTcpProxy(url));
  });

  it('fails at once when it refuses, and serves again when it is back', async () => {
    const pool = open({ url: through });
    await Promise.all(Array.from({ length: 10 }, () => ping(pool)));
    const running = codeOf(pool`select pg_sleep(10)`);
    await until(async () => (await sql`select from pg_stat_activity where query like 'select pg_sleep(10)' and state = 'active'`).length);
    await proxy.close();
    expect(await running).toMatch(/^(ECONNRESET|CONNECTION_CLOSED)$/);
    const begin = performance.now();
    const refused = await Promise.all(Array.from({ length: 15 }, () => codeOf(ping(pool))));
    for (const code of refused) expect(code).toMatch(/^ECONN(REFUSED|RESET)$/);
    expect(performance.now() - begin).toBeLessThan(5000);
    await proxy.open();
    await until(() => ping(pool));
    await Promise.all(Array.from({ length: 30 }, () => ping(pool)));
  });

  it('loses no statement issued while the connection breaks', async () => {
    const pool = open({ url: through, connections: 3 });
    for (let round = 0; round < 4; round++) {
      await until(() => ping(pool));
      const answers: Array<Promise<unknown>> = [pool`select pg_sleep(0.2)`.catch(() => {})];
      proxy.cut();
      // One statement at each turn of the event loop, before, while and after the connections break.
      for (let turn = 0; turn < 20; turn++) {
        answers.push(
          pool<Array<{ turn: number }>>`select ${turn}::integer as turn`.then(
            ([row]) => expect(row).toEqual({ turn }),
            () => {},
          ),
        );
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(answers);
    }
  });

  it('takes its transactions with it: no statement of them runs elsewhere, and the process lives on', async () => {
    await sql`create table if not exists marks (mark text)`;
    const pool = open({ url: through, connections: 1 });
    const endings = [
      async (tx: Sql) => tx`select pg_sleep(5)`, // lost in a statement
      async (tx: Sql) => void (await until(async () => (await ping(pool).catch(() => {})) && tx)), // lost between two
      async (tx: Sql) => tx`select pg_sleep(5)`.catch(() => tx`insert into marks values ('after the loss')`),
    ];
    for (const ending of endings) {
      await until(() => ping(pool));
      let inside = false;
      const outcome = pool.begin(async (tx) => {
        await tx`insert into marks values ('before the loss')`;
        inside = true;
        await ending(tx as unknown as Sql);
        await tx`insert into marks values ('after the loss')`;
      });
      const lost = expect(outcome).rejects.toThrow(/CONNECTION_CLOSED|ECONNRESET/);
      await until(() => inside);
      proxy.cut();
      await lost;
    }
    await until(() => ping(pool));
    await Promise.all(Array.from({ length: 10 }, () => ping(pool)));
    expect(await sql`select mark from marks`).toEqual([]);
  });

  it('is given up when it says nothing any more', async () => {
    const pool = open({ url: through, statementTimeout: 200, silenceMargin: 300 });
    await ping(pool);
    proxy.freeze();
    await expect(ping(pool)).rejects.toThrow('has not answered for 500 ms');
    proxy.thaw();
    await until(() => ping(pool));
  });

  it('keeps idle connections, which owe no answer', async () => {
    const pool = open({ url: through, connections: 1, statementTimeout: 300, silenceMargin: 300 });
    const pid = async () => (await pool`select pg_backend_pid() as pid`)[0]?.pid;
    const before = await pid();
    const quiet = performance.now() + 2400; // four times what an answer may take, which in turn a busy machine must not need
    await until(() => performance.now() > quiet);
    expect(await pid()).toBe(before);
  });

  it('does not end a subscription: notifications arrive again, and in between it polls', async () => {
    const pool = open({ url: through });
    const heard: Array<string | undefined> = [];
    const listener = listen(pool, 'news', (payload) => heard.push(payload));
    const isHeard = (payload: string) =>
      until(async () => {
        await sql`select pg_notify('news', ${payload})`;
        return heard.includes(payload);
      });
    await isHeard('one');
    proxy.cut();
    await isHeard('after a reset');
    await proxy.close();
    const polls = () => heard.filter((payload) => payload === undefined).length;
    const before = polls();
    await until(() => polls() >= before + 3, { what: 'polling' });
    await proxy.open();
    await isHeard('after a restart');
    await listener.close();
    const after = heard.length;
    await sql`select pg_notify('news', 'too late')`;
    expect(heard).toHaveLength(after);
    const subscriptions = () => sql`select from pg_stat_activity where query like 'listen%' and datname = current_database()`;
    await until(async () => (await subscriptions()).length === 0);
  });
});

describe('serializable', () => {
  it('lets no write skew through, where weaker isolation does', async () => {
    // Two people on call may each leave when the other stays (Cahill et al., Serializable isolation for snapshot databases).
    const leave = (begin: typeof serializable, id: number, bothHaveRead: () => Promise<void>) =>
      begin(sql, async (tx) => {
        const [row] = await tx`select sum(balance)::integer as there from accounts where id in (1, 2)`;
        await bothHaveRead();
        if (row?.there > 1) await tx`update accounts set balance = 0 where id = ${id}`;
      });
    const there = async () => (await sql`select sum(balance)::integer as there from accounts where id in (1, 2)`)[0]?.there;
    const reset = () => sql`insert into accounts values (1, 1), (2, 1) on conflict (id) do update set balance = 1`;
    await reset();
    const weak = ((pool: Sql, run: never) => transaction(pool, run, 'isolation level repeatable read')) as typeof serializable;
    const weakly = meeting(2);
    await Promise.all([leave(weak, 1, weakly), leave(weak, 2, weakly)]);
    expect(await there()).toBe(0);
    await reset();
    const strictly = meeting(2);
    await Promise.all([leave(serializable, 1, strictly), leave(serializable, 2, strictly)]);
    expect(await there()).toBe(1);
  });

  it('runs again after a deadlock', async () => {
    await sql`insert into accounts values (3, 0), (4, 0) on conflict (id) do update set balance = 0`;
    let runs = 0;
    const bothHaveLocked = meeting(2);
    const both = (first: number, second: number) =>
      serializable(sql, async (tx) => {
        runs += 1;
        await tx`update accounts set balance = balance + 1 where id = ${first}`;
        await bothHaveLocked();
        await tx`update accounts set balance = balance + 1 where id = ${second}`;
      });
    await Promise.all([both(3, 4), both(4, 3)]);
    expect(runs).toBeGreaterThan(2);
    expect(await sql`select balance from accounts where id in (3, 4)`).toEqual([{ balance: 2 }, { balance: 2 }]);
  });

  it('gives up after as many attempts as it was given, and at once for other errors', async () => {
    let runs = 0;
    const failing = (code: string) =>
      serializable(
        sql,
        async (tx) => {
          runs += 1;
          await tx.unsafe(`do $$ begin raise exception using errcode = '${code}'; end $$`);
        },
        3,
      );
    expect(await codeOf(failing('40001'))).toBe('40001');
    expect(runs).toBe(3);
    expect(await codeOf(failing('22023'))).toBe('22023');
    expect(runs).toBe(4);
  });
});

describe('transaction', () => {
  const nameOf = async (tx: Sql) => (await tx`select current_setting('application_name') as name`)[0]?.name as string;

  it('carries the request id to the server, and no further than its end', async () => {
    const pool = open({ connections: 1 });
    const context = contextFromHeaders({ 'x-request-id': 'request-of-the-test' });
    const name = await requestContext.run(context, () => transaction(pool, (tx) => nameOf(tx as unknown as Sql)));
    expect(name).toMatch(/^taskflow-test\/[0-9a-f]{6} request-of-the-test$/);
    expect(await nameOf(pool)).toMatch(/^taskflow-test\/[0-9a-f]{6}$/);
    expect(await transaction(pool, (tx) => nameOf(tx as unknown as Sql))).toMatch(/^taskflow-test\/[0-9a-f]{6}$/);
  });

  it('ends with the deadline of the request', async () => {
    const within = <T>(ms: number, task: () => Promise<T>) => requestContext.run(contextFromHeaders({ 'x-timeout-ms': String(ms) }), task);
    const begin = performance.now();
    expect(await codeOf(within(100, () => transaction(sql, (tx) => tx`select pg_sleep(5)`)))).toBe('57014');
    expect(performance.now() - begin).toBeLessThan(2000);
    const late = within(1, async () => {
      await sql`select pg_sleep(0.01)`;
      return transaction(sql, (tx) => tx`select 1`);
    });
    await expect(late).rejects.toMatchObject({ status: 504 });
  });

  it('costs no round trip of its own', async () => {
    const context = contextFromHeaders({});
    const { proxy, url: through } = await testTcpProxy(url);
    const observed = open({ connections: 1, url: through });
    const trips = async (task: () => Promise<unknown>) => {
      await task(); // a connection's first time prepares its statements
      const before = proxy.turns;
      await task();
      return proxy.turns - before;
    };
    const plain = await trips(() => transaction(observed, async (tx) => [await tx`select 1 as one`]));
    const named = await trips(() => requestContext.run(context, () => transaction(observed, async (tx) => [await tx`select 1 as one`])));
    expect(named).toBe(plain);
  });
});

it('tells which constraint was violated', async () => {
  const error = await sql`insert into accounts values (9, -1)`.catch((reason: unknown) => reason);
  expect(violates(error, 'not_negative')).toBe(true);
  expect(violates(error, 'accounts_pkey')).toBe(false);
  expect(violates(new Error('other'), 'not_negative')).toBe(false);
});

it('observes its pool: connections by state, and how long one waits for one', async () => {
  const { proxy, url: through } = await testTcpProxy(url);
  const pool = open({ connections: 3, url: through });
  const telemetry = new Telemetry('test');
  observePool(pool, telemetry);
  const value = async (metric: string) =>
    Number(
      (await telemetry.registry.metrics())
        .split('\n')
        .find((line) => line.startsWith(metric))
        ?.split(' ')
        .at(-1),
    );
  expect(await value('database_connections_max')).toBe(3);
  expect(await value('database_wait_seconds')).toBeLessThan(0.5);

  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const held = pool.begin(async (tx) => {
    await tx`select 1`;
    await finished;
  });
  await until(async () => (await value('database_connections{state="idle in transaction"')) === 1);
  const all = [pool.begin(() => finished), pool.begin(() => finished)];
  expect(await value('database_wait_seconds')).toBeGreaterThan(0.9);
  finish();
  await Promise.all([held, ...all]);
  expect(await value('database_wait_seconds')).toBeLessThan(0.5);
  await proxy.close();
  expect(await value('database_wait_seconds')).toBe(1);
});
