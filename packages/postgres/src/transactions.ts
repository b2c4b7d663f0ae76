import type { Sql, Transaction } from './database.ts';

interface Query {
  handler: (query: Query) => unknown;
  reject: (error: unknown) => void;
}

/**
 * Makes `sql.begin` safe when its connection is lost. postgres.js 3.4.9 then still sends the transaction's next statement
 * (or the rollback) down the same slot of the pool: with no socket there, the process dies of a TypeError; with a new one,
 * the statement runs outside the transaction that the caller was told has failed. Here, nothing leaves a transaction
 * that has ended: its statements reject, and the call rejects with the loss.
 */
export function guardTransactions(sql: Sql): Sql {
  const begin = sql.begin.bind(sql) as (mode: string, run: (tx: Transaction) => Promise<unknown>) => Promise<unknown>;

  async function guardedBegin(...parameters: [string, (tx: Transaction) => unknown] | [(tx: Transaction) => unknown]): Promise<unknown> {
    const run = parameters.at(-1) as (tx: Transaction) => unknown;
    const state: { ended?: unknown } = {};
    try {
      return await begin(parameters.length === 2 ? parameters[0] : '', async (tx) => {
        try {
          const result = run(guard(tx, state));
          return await (Array.isArray(result) ? Promise.all(result) : result);
        } finally {
          // `begin` has rejected already; what it would do next, commit or roll back, must not happen.
          if (state.ended) await new Promise(() => {});
        }
      });
    } catch (error) {
      state.ended = error;
      throw error;
    }
  }
  return Object.assign(sql, { begin: guardedBegin });
}

function guard(tx: Transaction, state: { ended?: unknown }): Transaction {
  const watch = (value: unknown): unknown => (isQuery(value) ? watchQuery(value, state) : value);
  return new Proxy(tx, {
    apply: (target, self, values) => watch(Reflect.apply(target as never, self, values)),
    get: (target, name) => {
      if (name === 'unsafe' || name === 'file')
        return (...values: unknown[]) => watch(Reflect.apply(target[name] as never, target, values));
      return target[name as keyof Transaction];
    },
  });
}

function watchQuery(query: Query, state: { ended?: unknown }): Query {
  const { handler, reject } = query;
  query.reject = (error) => {
    if (isLoss(error)) state.ended = error;
    reject(error);
  };
  query.handler = (self) => (state.ended ? self.reject(state.ended) : handler(self));
  return query;
}

const isQuery = (value: unknown): value is Query => typeof value === 'object' && value !== null && 'handler' in value && 'reject' in value;

/** Errors of the connection, not of a statement: those of the system, and those that postgres.js and watchedSocket make. */
function isLoss(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall !== undefined || /^CONNECT(ION)?_/.test(code ?? '');
}
