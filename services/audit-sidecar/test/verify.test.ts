import { randomUUID } from 'node:crypto';
import { testDatabase } from '@taskflow/testing/service';
import type { TransactionSql } from 'postgres';
import postgres from 'postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { signCheckpoint } from '../src/checkpoint.ts';
import { canonicalJson } from '../src/entry.ts';
import { hashLeaf } from '../src/merkle.ts';
import { TreeBuilder } from '../src/tile.ts';
import { databaseSource } from '../src/verify/database-source.ts';
import { httpSource } from '../src/verify/http-source.ts';
import { type Remembered, type Trust, type Verdict, verifyLog } from '../src/verify/verify-log.ts';
import { API_KEY, newKey, ORIGIN, record, records, sidecar, signerOf } from './fixtures.ts';

const key = newKey();
const databaseUrl = await testDatabase('audit-sidecar');
const { server, append } = await sidecar(databaseUrl, key);
const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
afterAll(() => sql.end());
for (const count of [3, 1, 8, 100, 143, 2, 40]) await append(records(count));
const SIZE = 297;

const trust: Trust = { origin: ORIGIN, verifiers: [signerOf(key)] };

class RolledBack extends Error {}

/** Verifies after a change that is undone again. Nothing hinders the change: triggers and constraints are gone. */
async function verifyAfter(tamper: (tx: TransactionSql) => Promise<unknown>, by = trust): Promise<Verdict> {
  let verdict: Verdict | undefined;
  const attempt = sql.begin('isolation level repeatable read', async (tx) => {
    await tx.unsafe(`
      do $$ declare c record; begin
        for c in select conrelid::regclass as owner, conname from pg_constraint
          where conrelid in ('records'::regclass, 'tiles'::regclass, 'checkpoints'::regclass) and contype in ('p', 'u', 'f', 'c')
          order by contype = 'p' loop
          execute format('alter table %s drop constraint %I cascade', c.owner, c.conname);
        end loop;
      end $$;
      alter table records alter column id drop not null;
      alter table records disable trigger user; alter table tiles disable trigger user; alter table checkpoints disable trigger user;`);
    await tamper(tx);
    verdict = await verifyLog(databaseSource(tx), by);
    throw new RolledBack();
  });
  await attempt.catch((error) => {
    if (!(error instanceof RolledBack)) throw error;
  });
  return verdict!;
}

/** How to change a value of each type a little, in SQL. */
const CHANGES: Record<string, string[]> = {
  bigint: ['$ + 1', '$ - 1', '$ + 1000000000000'],
  smallint: ['$ + 1'],
  uuid: [`'${randomUUID()}'`, 'null'],
  text: ["$ || 'x'", 'left($, -1)', "overlay($ placing '_' from 3)", "''"],
  'timestamp with time zone': ["$ + interval '1 microsecond'", "$ - interval '1 day'"],
  bytea: [
    'set_byte($, 0, get_byte($, 0) # 1)',
    'set_byte($, length($) - 1, get_byte($, length($) - 1) # 128)',
    '$ || $',
    'substring($ for length($) - 32)',
  ],
};

const columns = await sql<Array<{ table: string; column: string; type: string }>>`
  select table_name as table, column_name as column, data_type as type
  from information_schema.columns
  where table_schema = 'public' and table_name <> 'migrations'
  order by 1, 2`;
const tables = [...new Set(columns.map(({ table }) => table))];

it('an untouched log is intact, also without its constraints', async () => {
  expect(await verifyAfter(async () => {})).toMatchObject({ findings: [], wrong: 0, size: SIZE, checkpoints: 8 });
});

it('knows every table', () => {
  expect(tables).toEqual(['checkpoints', 'records', 'tiles']);
});

describe('a changed value is found', () => {
  const cases = columns.flatMap(({ table, column, type }) =>
    (CHANGES[type] ?? ['unknown type']).map((change) => [table, column, change] as const),
  );

  it.each(cases)('%s.%s becomes %s, in every row', async (table, column, change) => {
    const expression = change.replaceAll('$', `"${column}"`);
    // All rows of the small tables; of the records the first, the last, and those about the edge of a tile.
    const where = table === 'records' ? 'leaf_index in (0, 7, 255, 256, 296)' : 'true';
    const rows = await sql.unsafe<Array<{ ctid: string }>>(`select ctid::text from ${table} where ${where} order by ctid`);
    expect(rows.length).toBeGreaterThan(0);
    for (const { ctid } of rows) {
      let changed = 0;
      const verdict = await verifyAfter(async (tx) => {
        const update = `update ${table} set "${column}" = ${expression} where ctid = '${ctid}' and "${column}" is distinct from ${expression}`;
        changed = (await tx.unsafe(update)).count;
      });
      expect(`${ctid}: ${changed} changed, ${verdict.wrong > 0 ? 'found' : 'not found'}`).toBe(
        changed === 1 ? `${ctid}: 1 changed, found` : `${ctid}: 0 changed, not found`,
      );
    }
  });

  it('is named', async () => {
    const change = (set: string) => (tx: TransactionSql) => tx.unsafe(`update records set ${set} where leaf_index = 7`);
    expect((await verifyAfter(change("actor_id = null, outcome = 'failure'"))).findings).toEqual([
      'record 7: outcome, actorId differ from the entry',
    ]);
    expect((await verifyAfter(change("entry = replace(entry, 'password', 'passkeys')"))).findings).toEqual([
      'record 7 differs from its leaf in tile 0/0',
      'checkpoint 12: the stored records do not give its root hash',
      'tile 0/0 differs from the stored records',
      'tile 1/0 differs from the stored records',
      '5 tree heads in all differ from the stored records',
    ]);
  });
});

describe('a removed row is found', () => {
  it.each(tables)('of %s, each', async (table) => {
    const rows = await sql.unsafe<Array<{ ctid: string }>>(`select ctid::text from ${table} order by ctid`);
    const each = table === 'records' ? rows.filter((_, at) => at % 20 === 0 || at === SIZE - 1) : rows;
    for (const { ctid } of each) {
      const verdict = await verifyAfter((tx) => tx.unsafe(`delete from ${table} where ctid = '${ctid}'`));
      expect(`${ctid} ${verdict.wrong > 0}`).toBe(`${ctid} true`);
    }
  });

  it('and named', async () => {
    expect((await verifyAfter((tx) => tx`delete from records where leaf_index = 7`)).findings).toEqual([
      `${SIZE - 1} records are stored, and ${SIZE} are signed`,
      'record 7 is missing',
    ]);
  });

  it('with the gap closed', async () => {
    const verdict = await verifyAfter(async (tx) => {
      await tx`delete from records where leaf_index = 7`;
      await tx`update records set leaf_index = leaf_index - 1 where leaf_index > 7`;
    });
    expect(verdict.wrong).toBeGreaterThan(0);
  });
});

describe('reordered records are found', () => {
  it.each([
    [0, 1],
    [7, 255],
    [255, 256],
    [295, 296],
  ])('%i and %i', async (a, b) => {
    const swapped = await verifyAfter(
      (tx) => tx`update records set leaf_index = ${a + b}::bigint - leaf_index where leaf_index in (${a}, ${b})`,
    );
    expect(swapped.findings).toEqual(
      expect.arrayContaining([expect.stringContaining(`record ${a} differs`), expect.stringContaining(`record ${b} differs`)]),
    );
  });
});

describe('an added row is found', () => {
  const copy = (tx: TransactionSql, index: number) => tx`
    insert into records (leaf_index, checkpoint, id, entry, at, action, outcome, actor_id, workspace_id)
    select ${index}, checkpoint, gen_random_uuid(), entry, at, action, outcome, actor_id, workspace_id from records where leaf_index = 7`;

  it.each([-1, 7, 255, SIZE, SIZE + 1, 10 ** 12])('of records at %i', async (index) => {
    expect((await verifyAfter((tx) => copy(tx, index))).findings).toContain(`${SIZE + 1} records are stored, and ${SIZE} are signed`);
  });

  it('of records, with room made for it', async () => {
    const verdict = await verifyAfter(async (tx) => {
      await tx`update records set leaf_index = leaf_index + 1 where leaf_index > 7`;
      await copy(tx, 8);
    });
    expect(verdict.wrong).toBeGreaterThan(0);
  });

  it('of tiles', async () => {
    const add = (level: number, index: number) => (tx: TransactionSql) =>
      tx`insert into tiles (level, tile_index, hashes) values (${level}, ${index}, ${Buffer.alloc(32)})`;
    expect((await verifyAfter(add(0, 2))).findings).toEqual(['tile 0/2 is not part of the tree']);
    expect((await verifyAfter(add(2, 0))).findings).toEqual(['tile 2/0 is not part of the tree']);
    expect((await verifyAfter(add(0, -1))).findings).toEqual(['tile 0/-1 is not part of the tree']);
  });

  it('of checkpoints, signed by someone else or not at all', async () => {
    const note = signCheckpoint(ORIGIN, { size: 298, root: Buffer.alloc(32) }, [signerOf(newKey())]);
    const add = (text: string) => (tx: TransactionSql) => tx`insert into checkpoints (size, note) values (298, ${text})`;
    expect((await verifyAfter(add(note))).findings).toEqual(['checkpoint 298: no known key has signed the note']);
    expect((await verifyAfter(add('hello'))).findings).toEqual(['checkpoint 298: this is no signed note']);
  });
});

describe('who rewrites everything but has not the key is found', () => {
  /** Changes a record as a thorough attacker would: its leaf, all tiles and the columns fit. */
  async function rewrite(tx: TransactionSql): Promise<TreeBuilder> {
    const other = record({ outcome: 'failure' });
    const entry = canonicalJson(other);
    await tx`
      update records set id = ${other.id}, entry = ${entry}, at = ${other.at}, action = ${other.action}, outcome = ${other.outcome},
        actor_id = ${other.actorId}, workspace_id = ${other.workspaceId}
      where leaf_index = 100`;
    const tree = new TreeBuilder();
    for (const row of await tx<Array<{ entry: string }>>`select entry from records order by leaf_index`) tree.append(hashLeaf(row.entry));
    for (const { level, index, hashes } of [...tree.completed, ...tree.partial()]) {
      await tx`update tiles set hashes = ${Buffer.concat(hashes)} where level = ${level} and tile_index = ${index}`;
    }
    return tree;
  }

  it('by the signed roots', async () => {
    expect((await verifyAfter(rewrite)).findings).toEqual([
      'checkpoint 112: the stored records do not give its root hash',
      '4 tree heads in all differ from the stored records',
    ]);
  });

  it('by the signatures, when the checkpoints are signed anew', async () => {
    const verdict = await verifyAfter(async (tx) => {
      const tree = await rewrite(tx);
      await tx`delete from checkpoints where size > 0`;
      await tx`update records set checkpoint = ${SIZE}`;
      await tx`insert into checkpoints (size, note) values (${SIZE}, ${signCheckpoint(ORIGIN, { size: SIZE, root: tree.root() }, [signerOf(newKey())])})`;
    });
    expect(verdict.findings).toContain(`checkpoint ${SIZE}: no known key has signed the note`);
  });

  it('by what was remembered, even when it has the key', async () => {
    const remembered: Remembered = (await verifyAfter(async () => {})) satisfies Verdict;
    const sign = async (tx: TransactionSql) => {
      const tree = await rewrite(tx);
      await tx`delete from checkpoints where size > 0`;
      await tx`update records set checkpoint = ${SIZE}`;
      await tx`insert into checkpoints (size, note) values (${SIZE}, ${signCheckpoint(ORIGIN, { size: SIZE, root: tree.root() }, [signerOf(key)])})`;
    };
    expect((await verifyAfter(sign)).findings).toEqual([]);
    expect((await verifyAfter(sign, { ...trust, remembered })).findings).toEqual([
      'the remembered checkpoint: the stored records do not give its root hash',
    ]);
  });
});

describe('a log rolled back to an earlier signed state', () => {
  const rollBack = async (tx: TransactionSql) => {
    await tx`delete from records where leaf_index >= 255`;
    await tx`delete from checkpoints where size > 255`;
    await tx`delete from tiles where level = 1 or tile_index = 1`;
    await tx`update tiles set hashes = substring(hashes for ${255 * 32})`;
  };

  it('is intact in itself', async () => {
    expect(await verifyAfter(rollBack)).toMatchObject({ findings: [], size: 255 });
  });

  it('is found by whoever remembers a later one', async () => {
    const remembered = await verifyAfter(async () => {});
    expect((await verifyAfter(rollBack, { ...trust, remembered })).findings).toEqual([
      `the log was rolled back: it had ${SIZE} records when it was last verified, and has 255`,
    ]);
  });

  it('while one that has grown is not', async () => {
    const remembered = await verifyAfter(rollBack);
    expect((await verifyAfter(async () => {}, { ...trust, remembered })).findings).toEqual([]);
  });
});

it('of another origin, or with other keys, nothing is believed', async () => {
  expect((await verifyAfter(async () => {}, { ...trust, origin: 'other/log' })).findings).toContain('there is no signed checkpoint');
  expect((await verifyAfter(async () => {}, { ...trust, verifiers: [signerOf(newKey())] })).findings).toContain(
    'there is no signed checkpoint',
  );
});

describe('over HTTP', () => {
  it('the tiles of an untouched log verify', async () => {
    expect(await verifyLog(httpSource(server.url, API_KEY), trust)).toMatchObject({ findings: [], size: SIZE, checkpoints: 1 });
  });

  it.each([
    [
      'a changed record',
      "update records set entry = replace(entry, 'password', 'passkeys') where leaf_index = 256",
      'record 256 differs from its leaf in tile 0/1',
    ],
    [
      'a changed tile',
      'update tiles set hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) where level = 0 and tile_index = 0',
      'record 1 differs from its leaf in tile 0/0',
    ],
    ['a removed record', 'delete from records where leaf_index = 296', 'record 256 is missing'],
    ['a removed tile', 'delete from tiles where level = 1', 'tile 1/0 is missing'],
    [
      'a changed checkpoint',
      "update checkpoints set note = replace(note, '297', '296') where size = 297",
      'checkpoint 296: the signature of taskflow/audit is wrong',
    ],
  ])('%s is found', async (_what, statement, finding) => {
    await sql.unsafe(
      'create table kept_records as table records; create table kept_tiles as table tiles; create table kept_checkpoints as table checkpoints',
    );
    await sql.unsafe(
      'alter table records disable trigger user; alter table tiles disable trigger user; alter table checkpoints disable trigger user',
    );
    try {
      await sql.unsafe(statement);
      expect((await verifyLog(httpSource(server.url, API_KEY), trust)).findings).toContain(finding);
    } finally {
      await sql.unsafe(`
        delete from records; delete from tiles; delete from checkpoints;
        insert into checkpoints table kept_checkpoints; insert into records table kept_records; insert into tiles table kept_tiles;
        drop table kept_records, kept_tiles, kept_checkpoints`);
    }
    expect((await verifyLog(httpSource(server.url, API_KEY), trust)).findings).toEqual([]);
  });
});
