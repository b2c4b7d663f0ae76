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
  const rules = [
    { table: 'emails', since: 'created_at', days: logDays },
    { table: 'deliveries', since: 'created_at', days: logDays },
    { table: 'notifications', since: 'created_at', days: inboxDays },
    { table: 'events', since: 'received_at', days: Math.max(EVENT_DAYS, inboxDays, logDays) },
  ];
  for (const { table, since, days } of rules) {
    for (let deleted = BATCH; deleted === BATCH; ) {
      const { count } = await sql`
        delete from ${sql(table)} where id in (
          select id from ${sql(table)} where ${sql(since)} < now() - make_interval(days => ${days}) limit ${BATCH})`;
      deleted = count;
    }
  }
}
