import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAlone, type Sql, type Transaction } from './database.ts';

/** A migration cannot be applied; nothing was changed. The message names the file. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;
/** Key of the advisory lock under which one replica migrates while the others wait. */
const LOCK = 7281_4471;

/**
 * Applies the folder's SQL files that are new, in order, all in one transaction. Forward only: an applied file must stay
 * as it was (its SHA-256 is kept and compared), and a new one comes after all applied. Safe when many replicas start
 * together. That the database knows files which the folder lacks is no error: an older replica may restart while newer
 * ones roll out.
 * @returns the names of the files it applied
 * @throws MigrationError
 */
export async function migrate(sql: Sql, folder: string): Promise<string[]> {
  const files = await readMigrations(folder);
  return underMigrationLock(sql, async (tx) => {
    await tx`create table if not exists migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())`;
    const applied = new Map(
      (await tx<Array<{ name: string; checksum: string }>>`select name, checksum from migrations`).map((row) => [row.name, row.checksum]),
    );
    const last = [...applied.keys()].sort().at(-1) ?? '';
    for (const { name, checksum } of files) {
      if (applied.has(name) && applied.get(name) !== checksum) {
        throw new MigrationError(`migration ${name} was changed after it was applied: restore it, and put the change into a new file`);
      }
      if (!applied.has(name) && name < last) {
        throw new MigrationError(`migration ${name} is new but comes before ${last}, which was applied: give it a higher number`);
      }
    }
    const pending = files.filter(({ name }) => !applied.has(name));
    for (const { name, checksum, text } of pending) {
      await tx.unsafe(text).catch((error: Error) => {
        throw new MigrationError(`migration ${name} failed: ${error.message}`, { cause: error });
      });
      await tx`insert into migrations (name, checksum) values (${name}, ${checksum})`;
    }
    return pending.map(({ name }) => name);
  });
}

/**
 * Runs a change of the schema in one transaction, while every other replica's changes wait. It has a connection of its
 * own without time limits: both the wait and the change may take long.
 */
export async function underMigrationLock<T>(sql: Sql, run: (tx: Transaction) => Promise<T>): Promise<T> {
  const own = connectAlone(sql, { connection: { ...sql.options.connection, statement_timeout: 0, lock_timeout: 0 } });
  try {
    return (await own.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${LOCK})`;
      return run(tx);
    })) as T;
  } finally {
    await own.end({ timeout: 1 });
  }
}

async function readMigrations(folder: string) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const wrong = names.find((name) => !FILE_NAME.test(name));
  if (wrong) throw new MigrationError(`migration ${wrong}: expected a name such as 0002-add-labels.sql`);
  const twin = names.findIndex((name, index) => name.slice(0, 4) === names[index + 1]?.slice(0, 4));
  if (twin >= 0) throw new MigrationError(`migrations ${names[twin]} and ${names[twin + 1]} have the same number`);
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}
