import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@taskflow/testing/service';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connect, type Sql } from '../src/database.ts';
import { MigrationError, migrate } from '../src/migrate.ts';

let url: string;
let sql: Sql;
let folder: string;

beforeAll(async () => {
  url = await testDatabase('migrate');
  sql = connect({ url, service: 'test', statementTimeout: 300 });
});
beforeEach(async () => {
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  folder = mkdtempSync(join(tmpdir(), 'taskflow-migrations-'));
});
afterAll(() => sql.end({ timeout: 1 }));

const file = (name: string, text: string) => writeFileSync(join(folder, name), text);
const tables = async () =>
  (await sql<Array<{ name: string }>>`select tablename as name from pg_tables where schemaname = 'public' order by 1`).map(
    ({ name }) => name,
  );

it('applies new files in order, once', async () => {
  file('0002-second.sql', 'alter table one add column two integer;');
  file('0001-first.sql', 'create table one (id integer); insert into one values (1);');
  expect(await migrate(sql, folder)).toEqual(['0001-first.sql', '0002-second.sql']);
  file('0003-third.sql', 'create table three ();');
  file('notes.txt', 'not SQL');
  expect(await migrate(sql, folder)).toEqual(['0003-third.sql']);
  expect(await migrate(sql, folder)).toEqual([]);
  expect(await sql`select id, two from one`).toEqual([{ id: 1, two: null }]);
});

it('lets many replicas start together', async () => {
  file('0001-first.sql', 'create table one (id integer); insert into one values (1);');
  file('0002-second.sql', 'select pg_sleep(0.1); create table two ();');
  const replicas = Array.from({ length: 12 }, () => connect({ url, service: 'replica', connections: 1, statementTimeout: 300 }));
  const applied = await Promise.all(replicas.map((replica) => migrate(replica, folder)));
  await Promise.all(replicas.map((replica) => replica.end()));
  expect(applied.flat()).toEqual(['0001-first.sql', '0002-second.sql']);
  expect(await sql`select id from one`).toHaveLength(1);
});

it('is not bound by the statement timeout of the pool', async () => {
  file('0001-long.sql', 'select pg_sleep(0.6); create table long ();');
  expect(await migrate(sql, folder)).toEqual(['0001-long.sql']);
});

it('refuses a file that was changed after it was applied, and applies nothing', async () => {
  file('0001-first.sql', 'create table one ();');
  await migrate(sql, folder);
  file('0001-first.sql', 'create table one (id integer);');
  file('0002-second.sql', 'create table two ();');
  await expect(migrate(sql, folder)).rejects.toThrow(/^migration 0001-first.sql was changed after it was applied/);
  expect(await tables()).toEqual(['migrations', 'one']);
});

it('rolls back everything when one file fails', async () => {
  file('0001-first.sql', 'create table one ();');
  file('0002-broken.sql', 'create table two (); select no_such_function();');
  await expect(migrate(sql, folder)).rejects.toThrow(/0002-broken.sql.*no_such_function/);
  expect(await tables()).toEqual([]);
  rmSync(join(folder, '0002-broken.sql'));
  expect(await migrate(sql, folder)).toEqual(['0001-first.sql']);
});

it.each(['1-first.sql', '0001_first.sql', '0001-First.sql', 'first.sql'])('refuses the name %s', async (name) => {
  file(name, 'create table one ();');
  await expect(migrate(sql, folder)).rejects.toThrow(MigrationError);
  expect(await tables()).toEqual([]);
});

it('refuses two files with one number', async () => {
  file('0001-first.sql', 'create table one ();');
  file('0001-other.sql', 'create table two ();');
  await expect(migrate(sql, folder)).rejects.toThrow('0001-first.sql and 0001-other.sql have the same number');
});

it('refuses an older file that comes after newer ones were applied', async () => {
  file('0002-second.sql', 'create table two ();');
  await migrate(sql, folder);
  file('0001-first.sql', 'create table one ();');
  await expect(migrate(sql, folder)).rejects.toThrow('0001-first.sql is new but comes before 0002-second.sql');
});

it('lets an older version of the service start, which lacks an applied file', async () => {
  file('0001-first.sql', 'create table one ();');
  file('0002-second.sql', 'create table two ();');
  await migrate(sql, folder);
  rmSync(join(folder, '0002-second.sql')); // an older replica restarts during a rolling update
  expect(await migrate(sql, folder)).toEqual([]);
});
