import { type Sql, type Transaction, transaction } from '@taskflow/postgres/database';
import { completeInTransaction } from '@taskflow/postgres/idempotency';
import type { FastifyReply } from 'fastify';
import { refuse } from './problems.ts';

/**
 * Runs a POST's write and gives its answer. With an Idempotency-Key both are one transaction (the route says
 * `config: onceInTransaction`); without one, a write that is a single statement needs no transaction and no further round
 * trip. Set status and headers inside `run`.
 */
export async function writeOnce<T>(sql: Sql, reply: FastifyReply, run: (sql: Sql | Transaction) => Promise<T>): Promise<T> {
  if (!reply.request.idempotency) return run(sql).catch(refuse);
  return transaction(sql, async (tx) => completeInTransaction(tx, reply, await run(tx))).catch(refuse);
}

/** The same for a write of several statements, which is a transaction in any case. */
export const writeAllOnce = <T>(sql: Sql, reply: FastifyReply, run: (tx: Transaction) => Promise<T>): Promise<T> =>
  transaction(sql, async (tx) => completeInTransaction(tx, reply, await run(tx))).catch(refuse);

export const onceInTransaction = { idempotency: 'in transaction' } as const;
