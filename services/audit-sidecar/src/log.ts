import type { AppendAnswer } from '@taskflow/contracts/audit';
import { Problem, problems } from '@taskflow/http/problem';
import type { Sql } from '@taskflow/postgres/database';
import { signCheckpoint } from './checkpoint.ts';
import { type Batch, commitBatches, DamageError, readHead, type Signing } from './commit.ts';
import { treeHash } from './merkle.ts';
import { auditProblems } from './problems.ts';

/** One transaction takes at most so many records, plus the rest of its last batch. */
const MOST_RECORDS_PER_COMMIT = 1024;
/** Records that may wait; beyond it the sidecar refuses rather than answer too late. */
const MOST_WAITING = 16_384;

interface Waiting extends Batch {
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
  #committing: Promise<void> | undefined;
  #seen = 0;
  #damage: DamageError | undefined;

  constructor(sql: Sql, signing: () => Signing) {
    this.#sql = sql;
    this.#signing = signing;
  }

  /** Signs the empty tree in a new database, and checks what an old one holds. */
  async open(): Promise<void> {
    const { origin, signers } = this.#signing();
    const empty = signCheckpoint(origin, { size: 0, root: treeHash([]) }, signers);
    await this.#sql`
      insert into checkpoints (size, note)
      select 0, ${empty} where not exists (select from checkpoints) and not exists (select from records)
      on conflict do nothing`;
    this.#seen = (await readHead(this.#sql, this.#signing())).size;
  }

  /** Rejects while the stored log contradicts what was signed. */
  async check(): Promise<void> {
    if (this.#damage) throw this.#damage;
  }

  /**
   * Resolves when the records are durable and a signed checkpoint covers them.
   * @throws Problem record_differs, unavailable or log_damaged; after `unavailable` they may be there or not, so send them again
   */
  append(batch: Batch): Promise<AppendAnswer> {
    const waiting = this.#waiting.reduce((sum, { records }) => sum + records.length, 0);
    if (waiting + batch.records.length > MOST_WAITING) throw problems.unavailable({ headers: { 'retry-after': '1' } });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...batch, resolve, reject });
      this.#committing ??= this.#commitAll().finally(() => {
        this.#committing = undefined;
      });
    });
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batches = this.#next();
      try {
        const answers = await commitBatches(this.#sql, this.#signing(), batches, this.#seen);
        this.#damage = undefined;
        for (const [at, answer] of answers.entries()) {
          if (answer instanceof Error) batches[at]!.reject(answer);
          else {
            this.#seen = Math.max(this.#seen, answer.treeSize);
            batches[at]!.resolve(answer);
          }
        }
      } catch (error) {
        const problem = this.#toProblem(error);
        for (const { reject } of batches) reject(problem);
      }
    }
  }

  #next(): Waiting[] {
    let [count, records] = [0, 0];
    while (count < this.#waiting.length && records < MOST_RECORDS_PER_COMMIT) records += this.#waiting[count++]!.records.length;
    return this.#waiting.splice(0, count);
  }

  #toProblem(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (!(error instanceof DamageError)) return problems.unavailable({ headers: { 'retry-after': '1' }, cause: error });
    this.#damage = error;
    return auditProblems.log_damaged({ cause: error });
  }
}
