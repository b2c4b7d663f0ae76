import type { Server } from '@taskflow/http/server';
import { SettingsError } from '@taskflow/http/settings';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import type { PendingQuery, Row } from 'postgres';
import type { Context } from './context.ts';

/** Key of the advisory lock: one replica removes, the others pass. */
const LOCK = 5003;
const CHUNK = 10_000;
/** of one table in one run; more than a replica can receive in the meantime */
const MOST_CHUNKS = 200;

/** Removes what is older than it is to be kept, again and again while the service runs. */
export function keepForAWhile(server: Server, { sql, settings }: Context): void {
  if (settings.KEEP_HOURS < settings.KEEP_MINUTES + 2) {
    // a late report sums up its day from the hours of that day
    throw new SettingsError(`setting KEEP_HOURS is ${settings.KEEP_HOURS}: expected at least two days more than KEEP_MINUTES`);
  }
  let timer: NodeJS.Timeout;
  const schedule = () => {
    // jitter, so that replicas that started together do not ask at the same time
    timer = setTimeout(run, settings.RETENTION_SECONDS * 1000 * (0.75 + Math.random() / 2)).unref();
  };
  const run = async () => {
    try {
      await removeOld(sql, settings);
    } catch (error) {
      server.log.warn({ err: error }, 'what is too old was not removed; it is tried again');
    }
    schedule();
  };
  server.addHook('onReady', async () => schedule());
  server.addHook('onClose', async () => clearTimeout(timer));
}

type Ages = Pick<Context['settings'], 'KEEP_MINUTES' | 'KEEP_HOURS' | 'KEEP_DAYS' | 'KEEP_IDS'>;

/** @returns rows removed; 0 also when another replica is at it */
export async function removeOld(sql: Sql, ages: Ages): Promise<number> {
  return sql.begin(async (tx) => {
    const [lock] = await tx<[{ held: boolean }]>`select pg_try_advisory_xact_lock(${LOCK}) as held`;
    if (!lock.held) return 0;
    const older = (days: number) => tx`now() - make_interval(days => ${days})`;
    // whole hours, and one more: an hour that a late report sums up still has all of its minutes
    const minutes = tx`date_trunc('hour', ${older(ages.KEEP_MINUTES)} - interval '1 hour', 'UTC')`;
    const rules = [
      ['health_minutes', tx`minute < ${minutes}`],
      ['health_latest', tx`at < ${minutes}`],
      ['health_hours', tx`hour < ${older(ages.KEEP_HOURS)}`],
      ['health_trouble', tx`minute < ${older(ages.KEEP_HOURS)}`],
      ['health_days', tx`day < ${older(ages.KEEP_DAYS)}`],
      ['request_counts', tx`resolution = 'minute' and start < ${minutes}`],
      ['request_counts', tx`resolution = 'hour' and start < ${older(ages.KEEP_HOURS)}`],
      ['request_counts', tx`resolution = 'day' and start < ${older(ages.KEEP_DAYS)}`],
      ['health_reports', tx`received_at < ${older(ages.KEEP_IDS)}`],
      ['request_reports', tx`received_at < ${older(ages.KEEP_IDS)}`],
      ['events', tx`received_at < ${older(ages.KEEP_IDS)}`],
    ] as const;
    let removed = 0;
    for (const [table, old] of rules) removed += await removeInChunks(tx, table, old);
    return removed;
  });
}

async function removeInChunks(tx: Transaction, table: string, old: PendingQuery<Row[]>): Promise<number> {
  let removed = 0;
  for (let chunk = 0; chunk < MOST_CHUNKS; chunk++) {
    const { count } = await tx`delete from ${tx(table)} where ctid = any(array(select ctid from ${tx(table)} where ${old} limit ${CHUNK}))`;
    removed += count;
    if (count < CHUNK) break;
  }
  return removed;
}
