import { randomBytes } from 'node:crypto';
import { requestContext } from '@taskflow/http/context';
import { problems } from '@taskflow/http/problem';
import postgres from 'postgres';
import { DatabaseAddress } from './address.ts';
import { openLogin, passwordInUse } from './login.ts';
import { openSocket } from './socket.ts';
import { guardTransactions } from './transactions.ts';

export type Sql = postgres.Sql;
export type Transaction = postgres.TransactionSql;

export interface DatabaseOptions {
  /**
   * postgres:// address; a function is asked anew for each connection, so that a rotated password is picked up. While it is
   * rotated there may be two, one a line, which differ in the password: each connection uses the one that the server accepts.
   */
  url: string | (() => string);
  /** shown in pg_stat_activity */
  service: string;
  connections?: number;
  /** milliseconds */
  statementTimeout?: number;
  /** milliseconds after statementTimeout at which a server that has not answered is taken for dead */
  silenceMargin?: number;
}

/** Bytes that PostgreSQL keeps of an application_name (NAMEDATALEN - 1). */
const MAX_APPLICATION_NAME = 63;

/**
 * A pool with limits on everything that could wait for ever.
 * @throws SettingsError when the address is none, or two lines of it lead to different places
 */
export function connect({ url, service, connections = 10, statementTimeout = 10_000, silenceMargin = 5000 }: DatabaseOptions): Sql {
  const known = new DatabaseAddress(typeof url === 'string' ? () => url : url);
  const { host, port, username, database, ssl } = known.address;
  const options = {
    host,
    port,
    username,
    database,
    password: passwordInUse,
    max: connections,
    connect_timeout: 5,
    idle_timeout: 60,
    max_lifetime: 60 * (25 + Math.random() * 10),
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: () => {},
    connection: {
      application_name: `taskflow-${service}/${randomBytes(3).toString('hex')}`,
      statement_timeout: statementTimeout,
      lock_timeout: Math.min(5000, statementTimeout),
      idle_in_transaction_session_timeout: 15_000,
      // postgres.js 3.4.9 forgets to send what was written while a connection closed, and then everything that follows,
      // until it has a kilobyte. With this the next greeting is one.
      'taskflow.padding': 'x'.repeat(1024),
    },
    socket: ({ connection }: postgres.ParsedOptions) => {
      const limit = Number(connection.statement_timeout);
      const open = () => openSocket({ host, port, ssl, silenceMs: limit && limit + silenceMargin });
      return openLogin(open, known.passwords, (password) => known.accept(password));
    },
  };
  return guardTransactions(postgres(options));
}

/**
 * A connection of its own with a pool's address and credentials, opened at its first statement; the caller ends it.
 * @param options of postgres.js that differ from the pool's
 */
export function connectAlone(sql: Sql, options: object): Sql {
  // The options that postgres.js keeps are parsed already, which its types do not know.
  return guardTransactions(postgres({ ...sql.options, max: 1, ...options } as never));
}

/** Rejects when the database does not answer. */
export const ping = (sql: Sql): Promise<unknown> => sql`select 1`;

/** Whether the error is a violation of the named unique, foreign key or check constraint. */
export function violates(error: unknown, constraint: string): boolean {
  const { code, constraint_name } = error as { code?: string; constraint_name?: string };
  return (code === '23505' || code === '23503' || code === '23514') && constraint_name === constraint;
}

/**
 * Runs a transaction whose application_name ends in the id of the request that it serves, so that pg_stat_activity and
 * the server's log lead back to it, and whose statements end with the request's deadline. Both go out together with the
 * first statement, without a round trip of their own.
 * @param mode such as 'isolation level repeatable read'
 * @throws Problem 504 when the deadline has passed
 */
export async function transaction<T>(sql: Sql, run: (tx: Transaction) => Promise<T>, mode = ''): Promise<T> {
  const context = requestContext.getStore();
  if (!context) return (await sql.begin(mode, run)) as T;
  const { application_name, statement_timeout } = sql.options.connection;
  const remaining = Math.floor(context.deadline - performance.now());
  if (remaining <= 0) throw problems.deadline_exceeded();
  return (await sql.begin(mode, (tx) => {
    const name = `${application_name} ${context.requestId}`.slice(0, MAX_APPLICATION_NAME);
    const timeout = String(Math.min(remaining, Number(statement_timeout) || 2 ** 31 - 1));
    tx`select set_config('application_name', ${name}, true), set_config('statement_timeout', ${timeout}, true)`.execute();
    return run(tx);
  })) as T;
}

const RETRYABLE = new Set(['40001', '40P01']);

/**
 * Runs a serialisable transaction, again (up to `attempts` times) when PostgreSQL gives up on it for a conflict
 * (serialization_failure or deadlock_detected). The function must have no effect outside the transaction.
 */
export async function serializable<T>(sql: Sql, run: (tx: Transaction) => Promise<T>, attempts = 5): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(sql, run, 'isolation level serializable');
    } catch (error) {
      if (!RETRYABLE.has((error as { code?: string }).code ?? '') || attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}
