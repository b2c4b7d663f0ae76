import { testDatabase } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connect, type Sql } from '../src/database.ts';
import {
  formatBookmark,
  formatPosition,
  lockOrder,
  ORIGIN,
  outboxEnd,
  type Position,
  parseBookmark,
  parsePosition,
  readHistory,
  readOutbox,
  rebaseOutbox,
} from '../src/outbox.ts';

let sql: Sql;

beforeAll(async () => {
  sql = connect({ url: await testDatabase('outbox'), service: 'test', connections: 20 });
  await sql`
    create table outbox (
      xid xid8 not null default pg_current_xact_id(),
      seq bigint generated always as identity,
      payload text not null
    )`;
  await sql`create index on outbox (xid, seq)`;
  await sql`create table readers (name text primary key, position text not null)`;
  await sql`create table cursors (name text primary key, xid xid8 not null, seq bigint not null)`;
  await sql`create table things (id integer primary key, changes integer not null default 0)`;
});
beforeEach(async () => {
  await sql`truncate outbox, readers, cursors, things`;
});
afterAll(() => sql.end({ timeout: 1 }));

const write = (tx: Sql, payload: string) => tx`insert into outbox (payload) values (${payload})`;
const read = async (after: Position = ORIGIN, limit = 1000) => readOutbox<{ payload: string }>(sql, 'outbox', ['payload'], after, limit);
const payloads = async (after?: Position) => (await read(after)).map(({ row }) => row.payload);

/** A transaction on a connection of its own, committed when told to. */
async function begin() {
  const connection = await sql.reserve();
  await connection`begin`;
  return {
    tx: connection as Sql,
    commit: async () => {
      await connection`commit`;
      connection.release();
    },
  };
}

describe('order of commit', () => {
  it('a reader by sequence misses a row that commits late; this reader waits for it', async () => {
    const slow = await begin();
    await write(slow.tx, 'slow');
    await write(sql, 'quick');

    const bySequence = (after: string) =>
      sql<Array<{ seq: string; payload: string }>>`select seq, payload from outbox where seq > ${after} order by seq`;
    const [seen] = await bySequence('0');
    expect(seen?.payload).toBe('quick');
    expect(await payloads()).toEqual([]);

    await slow.commit();
    expect(await bySequence(seen!.seq)).toEqual([]); // lost for ever
    expect(await payloads()).toEqual(['slow', 'quick']);
  });

  it('a transaction that began later and has an older sequence number comes in its turn', async () => {
    const [first, second] = [await begin(), await begin()];
    await first.tx`select pg_current_xact_id()`;
    await write(second.tx, 'second');
    await write(first.tx, 'first');
    await second.commit();
    expect(await payloads()).toEqual([]);
    await first.commit();
    const rows = await read();
    expect(rows.map(({ row }) => row.payload)).toEqual(['first', 'second']);
    expect(rows[0]!.position.seq).toBeGreaterThan(rows[1]!.position.seq);
    expect(await payloads(rows[0]!.position)).toEqual(['second']);
  });

  it('a rolled-back transaction holds nothing back and leaves nothing', async () => {
    const doomed = await begin();
    await write(doomed.tx, 'doomed');
    await write(sql, 'kept');
    await doomed.tx`rollback`;
    await doomed.commit().catch(() => {});
    expect(await payloads()).toEqual(['kept']);
  });

  it('a reader in a loop sees every row of many interleaved writers once, and those of one thing in order', async () => {
    const [things, writers, rounds] = [5, 12, 25];
    await sql`insert into things (id) select generate_series(0, ${things - 1})`;
    let writing = true;
    const seen: string[] = [];
    const reader = (async () => {
      for (let after = ORIGIN; ; ) {
        const stop = !writing;
        const rows = await read(after, 7);
        for (const { position, row } of rows) {
          expect(position.xid > after.xid || (position.xid === after.xid && position.seq > after.seq)).toBe(true);
          after = position;
          seen.push(row.payload);
        }
        if (stop && rows.length === 0) return;
      }
    })();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let round = 0; round < rounds; round++) {
          const id = (writer + round) % things;
          await sql.begin(async (tx) => {
            lockOrder(tx, `thing ${id}`);
            const [thing] = await tx`update things set changes = changes + 1 where id = ${id} returning changes`;
            await tx`insert into outbox (payload) values (${`${id}:${thing?.changes}`})`;
            if (round % 3 === 0) await tx`select pg_sleep(0.003)`;
          });
        }
      }),
    );
    writing = false;
    await reader;
    expect(new Set(seen).size).toBe(writers * rounds);
    expect(seen).toHaveLength(writers * rounds);
    for (let id = 0; id < things; id++) {
      const changes = seen.filter((payload) => payload.startsWith(`${id}:`)).map((payload) => Number(payload.split(':')[1]));
      expect(changes).toEqual(changes.map((_, index) => index + 1));
    }
  });

  it('a new reader begins at the end of what is settled', async () => {
    expect(await outboxEnd(sql, 'outbox')).toEqual(ORIGIN);
    await write(sql, 'old');
    const slow = await begin();
    await write(slow.tx, 'slow');
    const end = await outboxEnd(sql, 'outbox');
    await write(sql, 'new');
    await slow.commit();
    expect(await payloads(end)).toEqual(['slow', 'new']);
  });
});

it('reads and writes positions as text', () => {
  expect(parsePosition(formatPosition({ xid: 2n ** 64n - 1n, seq: 7n }))).toEqual({ xid: 2n ** 64n - 1n, seq: 7n });
  for (const text of ['', '1', '1-', '-1', '1-2-3', 'a-b', '1-2 ', `${'1'.repeat(21)}-1`])
    expect(parsePosition(text), text).toBeUndefined();
});

describe('bookmarks', () => {
  it('are positions with the history that they belong to', () => {
    const bookmark = { xid: 2n ** 64n - 1n, seq: 7n, history: '0a1b2c3d' };
    expect(parseBookmark(formatBookmark(bookmark))).toEqual(bookmark);
    expect(parseBookmark('5-7')).toEqual({ xid: 5n, seq: 7n, history: '' });
    for (const text of ['', '5', '5-7-', '5-7-0a1b2c3', '5-7-0A1B2C3D', '5-7-0a1b2c3d-', `${2n ** 64n}-1-0a1b2c3d`])
      expect(parseBookmark(text), text).toBeUndefined();
  });

  it('a database keeps its history, another one has another, also where the server tells nothing of itself', async () => {
    const other = connect({ url: await testDatabase('outbox'), service: 'test' });
    const admin = postgres(inject('postgresUrl'), { max: 1, database: sql.options.database });
    try {
      const history = await readHistory(sql);
      expect(history).toMatch(/^[0-9a-f]{8}$/);
      expect(await readHistory(sql)).toBe(history);
      expect(await readHistory(other)).not.toBe(history);
      await admin`revoke execute on function pg_control_system() from public`;
      const silent = await readHistory(sql);
      expect(silent).toMatch(/^[0-9a-f]{8}$/);
      expect(silent).not.toBe(history);
      await admin`grant execute on function pg_control_system() to public`;
      expect(await readHistory(sql)).toBe(history);
    } finally {
      await Promise.all([other.end(), admin.end()]);
    }
    await expect(readHistory(other)).rejects.toMatchObject({ code: 'CONNECTION_ENDED' });
  });
});

describe('after a restore into another cluster', () => {
  /** What a dump of a cluster looks like that has counted a thousand million transactions more. */
  const moveToOlderCluster = async () => {
    await sql`update outbox set xid = (xid::text::bigint + 1000000000)::text::xid8`;
    await sql`update readers set position = (split_part(position, '-', 1)::bigint + 1000000000) || '-' || split_part(position, '-', 2)`;
  };
  const store = (name: string, position: Position) => sql`insert into readers values (${name}, ${formatPosition(position)})`;
  const stored = async (name: string) => parsePosition((await sql`select position from readers where name = ${name}`)[0]?.position)!;
  const positions = { table: 'readers', column: 'position' };

  it('leaves an outbox of this cluster alone', async () => {
    await write(sql, 'one');
    const before = await read();
    await store('reader', before[0]!.position);
    expect(await rebaseOutbox(sql, 'outbox', positions)).toBe(false);
    expect(await read()).toEqual(before);
    expect(await stored('reader')).toEqual(before[0]!.position);
  });

  it('shows all rows again in their order, before new ones, to every reader from its place', async () => {
    for (const payload of ['one', 'two', 'three']) await write(sql, payload);
    const rows = await read();
    await store('new', ORIGIN);
    await store('middle', rows[0]!.position);
    await store('done', rows[2]!.position);
    await moveToOlderCluster();
    expect(await payloads()).toEqual([]); // hidden

    expect(await rebaseOutbox(sql, 'outbox', positions)).toBe(true);
    expect(await rebaseOutbox(sql, 'outbox', positions)).toBe(false);
    await write(sql, 'four');
    expect(await payloads()).toEqual(['one', 'two', 'three', 'four']);
    expect(await payloads(await stored('new'))).toEqual(['one', 'two', 'three', 'four']);
    expect(await payloads(await stored('middle'))).toEqual(['two', 'three', 'four']);
    expect(await payloads(await stored('done'))).toEqual(['four']);
  });

  it('moves positions in columns too', async () => {
    for (const payload of ['one', 'two']) await write(sql, payload);
    const [row] = await read();
    await sql`insert into cursors values ('middle', ${String(row!.position.xid)}::xid8, ${String(row!.position.seq)}), ('new', '0', 0)`;
    await moveToOlderCluster();
    await sql`update cursors set xid = (xid::text::bigint + 1000000000)::text::xid8 where seq > 0`;
    expect(await rebaseOutbox(sql, 'outbox', positions, { table: 'cursors' })).toBe(true);
    const at = async (name: string) => {
      const [cursor] = await sql<Array<{ xid: string; seq: string }>>`select xid::text, seq::text from cursors where name = ${name}`;
      return { xid: BigInt(cursor!.xid), seq: BigInt(cursor!.seq) };
    };
    expect(await payloads(await at('middle'))).toEqual(['two']);
    expect(await payloads(await at('new'))).toEqual(['one', 'two']);
  });

  it('moves the position of a reader whose outbox is empty, so that it sees what comes', async () => {
    await store('reader', { xid: 10n ** 15n, seq: 4n });
    expect(await rebaseOutbox(sql, 'outbox', positions)).toBe(true);
    await write(sql, 'new');
    expect(await payloads(await stored('reader'))).toEqual(['new']);
  });

  it('reads again rather than lose a row whose sequence number is before one already read', async () => {
    const [first, second] = [await begin(), await begin()];
    await first.tx`select pg_current_xact_id()`;
    await write(second.tx, 'second');
    await write(first.tx, 'first');
    await first.commit();
    await second.commit();
    const [row] = await until(async () => {
      const rows = await read();
      return rows.length === 2 ? rows : undefined;
    });
    expect(row!.row.payload).toBe('first');
    await store('reader', row!.position);
    await moveToOlderCluster();
    await rebaseOutbox(sql, 'outbox', positions);
    expect(await payloads(await stored('reader'))).toContain('second');
  });
});
