import type { Sql } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';

export interface RetentionOptions {
  sql: Sql;
  inboxDays: number;
  logDays: number;
  log: FastifyBaseLogger;
}

const INTERVAL_MS = 3600_000;
/** Rows in one statement, so that none runs long. */
const BATCH = 5000;
/** How long repetitions of an event are recognised: at least as long as what it caused is there. */
const EVENT_DAYS = 90;

/**
 * Deletes once an hour what is old enough, sent or not: nobody wants a month of mail when a server or webhook is back.
 * Several replicas at it at once do no harm: the second finds nothing.
 */
export function keepTidy(options: RetentionOptions): { stop(): void } {
  const run = () => deleteOld(options).catch((error) => options.log.warn({ err: error }, 'old rows could not be deleted'));
  const timer = setInterval(run, INTERVAL_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

export async function deleteOld({ sql, inboxDays, logDays }: RetentionOptions): Promise<void> {
  const eventDays = Math.max(EVENT_DAYS, inboxDays, logDays);
  await inBatches(
    () => sql`delete from emails where id in (
      select id from emails where created_at < now() - make_interval(days => ${logDays}) limit ${BATCH})`,
  );
  await inBatches(
    () => sql`delete from deliveries where id in (
      select id from deliveries where created_at < now() - make_interval(days => ${logDays}) limit ${BATCH})`,
  );
  await inBatches(
    () => sql`delete from notifications where id in (
      select id from notifications where created_at < now() - make_interval(days => ${inboxDays}) limit ${BATCH})`,
  );
  await inBatches(
    () => sql`delete from events where id in (
      select id from events where received_at < now() - make_interval(days => ${eventDays}) limit ${BATCH})`,
  );
}

async function inBatches(run: () => Promise<{ count: number }>): Promise<void> {
  for (let count = BATCH; count === BATCH; ) count = (await run()).count;
}
