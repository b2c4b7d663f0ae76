import type { Telemetry } from '@taskflow/http/telemetry';
import { ping, type Sql } from './database.ts';

const LIMIT_MS = 1000;

/**
 * Metrics of a pool. postgres.js tells nothing of its pool's state, so each scrape asks the server what this pool's
 * connections do, and measures how long a statement issued now has to wait: that grows first when the pool is short.
 */
export function observePool(sql: Sql, telemetry: Telemetry): void {
  const name = sql.options.connection.application_name as string;
  telemetry.gauge({ name: 'database_connections_max', help: 'Most connections the pool opens' }).set(sql.options.max);
  telemetry.gauge({
    name: 'database_connections',
    help: "The pool's connections by state, as PostgreSQL sees them",
    labelNames: ['state'],
    collect: async (gauge) => {
      gauge.reset();
      const rows = await withinLimit(sql<Array<{ state: string; count: number }>>`
        select state, count(*)::integer as count
        from pg_stat_activity
        where datname = current_database() and starts_with(application_name, ${name}) and state is not null
        group by state`);
      for (const { state, count } of rows ?? []) gauge.set({ state }, count);
    },
  });
  telemetry.gauge({
    name: 'database_wait_seconds',
    help: 'How long the simplest statement took, waiting for a connection included; at most one second is waited',
    collect: async (gauge) => {
      const begin = performance.now();
      const answer = await withinLimit(ping(sql));
      gauge.set((answer ? performance.now() - begin : LIMIT_MS) / 1000);
    },
  });
}

/** @returns undefined when the database does not answer in time or at all: a scrape never fails for it */
async function withinLimit<T>(query: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, LIMIT_MS, undefined);
  });
  try {
    return await Promise.race([query.catch(() => undefined), limit]);
  } finally {
    clearTimeout(timer);
  }
}
