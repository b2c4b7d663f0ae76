import type { AppendAnswer } from '@taskflow/contracts/audit';
import { type Problem, problems } from '@taskflow/http/problem';
import type { Sql } from '@taskflow/postgres/database';
import { signCheckpoint } from './checkpoint.ts';
import { type Batch, commitBatches } from './commit.ts';
import { DamageError } from './head.ts';
import { treeHash } from './merkle.ts';
import { auditProblems } from './problems.ts';
import type { Signing } from './signing.ts';

/** One transaction takes at most so many records, plus the rest of its last batch. */
const MOST_RECORDS_PER_COMMIT = 1024;
/** Records that may wait; beyond it the sidecar refuses rather than answer too late. */
const MOST_WAITING = 16_384;
/** SQLSTATE classes that say nothing about the statement: connection, sign-in, conflict, resources, lock timeout, shutdown. */
const PASSING = /^(08|28|3D|40|53|55|57)/;

interface Waiting {
  batch: Batch;
  resolve(answer: AppendAnswer): void;
  reject(error: Error): void;
}

/**
 * The log, to which this process and perhaps others append. Group commit: while one commit is on its way, what arrives
 * waits and goes together in the next, so that many appends share few commits.
 */
export class Log {
  readonly #sql: Sql;
  readonly #signing: () => Signing;
  #waiting: Waiting[] = [];
  #waitingRecords = 0;
  #committing = false;
  #seen = 0;
  #damage: DamageError | undefined;

  constructor(sql: Sql, signing: () => Signing) {
    this.#sql = sql;
    this.#signing = signing;
  }

  /**
   * Signs the empty tree in a new database, checks the head of an old one, and sees to it that all present keys have
   * signed it. To be called again when the keys change.
   * @throws DamageError
   */
  async open(): Promise<void> {
    const { origin, signers } = this.#signing();
    const empty = signCheckpoint(origin, { size: 0, root: treeHash([]) }, signers);
    await this.#sql`
      insert into checkpoints (size, note)
      select 0, ${empty} where not exists (select from checkpoints) and not exists (select from records)
      on conflict do nothing`;
    const { treeSize } = await commitBatches(this.#sql, this.#signing(), [], this.#seen);
    this.#seen = Math.max(this.#seen, treeSize);
  }

  /** Rejects while the stored log contradicts what was signed. */
  async check(): Promise<void> {
    if (this.#damage) throw this.#damage;
  }

  /**
   * Resolves when the records are durable and a signed checkpoint covers them.
   * @throws Problem record_differs, log_damaged or unavailable; after the last they may be there or not, so send them again
   */
  append(batch: Batch): Promise<AppendAnswer> {
    if (this.#waitingRecords + batch.length > MOST_WAITING) throw problems.unavailable({ headers: { 'retry-after': '1' } });
    this.#waitingRecords += batch.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (!this.#committing) void this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    this.#committing = true;
    while (this.#waiting.length > 0) await this.#commit(this.#next());
    this.#committing = false;
  }

  async #commit(waiting: Waiting[]): Promise<void> {
    try {
      const batches = waiting.map(({ batch }) => batch);
      const { treeSize, answers } = await commitBatches(this.#sql, this.#signing(), batches, this.#seen);
      this.#seen = treeSize;
      this.#damage = undefined;
      for (const [at, answer] of answers.entries()) {
        if (answer instanceof Error) waiting[at]!.reject(answer);
        else waiting[at]!.resolve(answer);
      }
    } catch (error) {
      const problem = this.#toProblem(error);
      for (const { reject } of waiting) reject(problem);
    }
  }

  #next(): Waiting[] {
    let [count, records] = [0, 0];
    while (count < this.#waiting.length && records < MOST_RECORDS_PER_COMMIT) records += this.#waiting[count++]!.batch.length;
    this.#waitingRecords -= records;
    return this.#waiting.splice(0, count);
  }

  #toProblem(error: unknown): Problem {
    if (error instanceof DamageError) {
      this.#damage = error;
      return auditProblems.log_damaged({ cause: error });
    }
    const { name, code = '' } = error as { name: string; code?: string };
    // An error of the driver, which is none of PostgreSQL, is one of the connection.
    if (name === 'PostgresError' && !PASSING.test(code)) return problems.internal({ cause: error });
    return problems.unavailable({ headers: { 'retry-after': '1' }, cause: error });
  }
}
