import postgres from 'postgres';

export type Sql = postgres.Sql;
export type Transaction = postgres.TransactionSql;

export interface DatabaseOptions {
  /** postgres:// address; a function is asked anew for each connection, so that a rotated password is picked up */
  url: string | (() => string);
  /** shown in pg_stat_activity */
  service: string;
  connections?: number;
  /** milliseconds */
  statementTimeout?: number;
}

/** A pool with limits on everything that could wait for ever. */
export function connect({ url, service, connections = 10, statementTimeout = 10_000 }: DatabaseOptions): Sql {
  const current = typeof url === 'string' ? () => url : url;
  const { host, port, username, password, database, ...rest } = parse(current());
  return postgres({
    host,
    port,
    username,
    database,
    ...rest,
    password: () => (current() === '' ? password : parse(current()).password),
    max: connections,
    connect_timeout: 5,
    idle_timeout: 60,
    max_lifetime: 30 * 60,
    backoff: (attempt) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: () => {},
    connection: {
      application_name: `taskflow-${service}`,
      statement_timeout: statementTimeout,
      lock_timeout: Math.min(5000, statementTimeout),
      idle_in_transaction_session_timeout: 15_000,
    },
  });
}

function parse(url: string) {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const ssl = searchParams.get('sslmode');
  return {
    host: hostname,
    port: Number(port || 5432),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    ...(ssl && ssl !== 'disable' ? { ssl: ssl === 'require' ? ('require' as const) : ('verify-full' as const) } : {}),
  };
}

/** Rejects when the database does not answer. */
export const ping = (sql: Sql): Promise<unknown> => sql`select 1`;

/** Whether the error is a violation of the named unique constraint or index. */
export function violates(error: unknown, constraint: string): boolean {
  const { code, constraint_name } = error as { code?: string; constraint_name?: string };
  return (code === '23505' || code === '23503' || code === '23514') && constraint_name === constraint;
}

const RETRYABLE = new Set(['40001', '40P01']);

/**
 * Runs a serialisable transaction, again (up to `attempts` times) when PostgreSQL gives up on it for a conflict.
 * The function must have no effect outside the transaction.
 */
export async function serializable<T>(sql: Sql, run: (tx: Transaction) => Promise<T>, attempts = 5): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await sql.begin('isolation level serializable', run)) as T;
    } catch (error) {
      if (!RETRYABLE.has((error as { code?: string }).code ?? '') || attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}
