import type { AppendAnswer, AuditRecord } from '@taskflow/contracts/audit';
import type { Client } from '@taskflow/http/client';
import type { Sql } from '@taskflow/postgres/database';
import { formatPosition, ORIGIN, parsePosition, readOutbox } from '@taskflow/postgres/outbox';
import type { FastifyBaseLogger } from 'fastify';
import type { Signal } from './signal.ts';

/** The most that one request may carry (contracts/audit.ts). */
const BATCH = 256;
const RETRY_MS = { first: 200, most: 10_000 };
/** Milliseconds between looks when no signal comes, for rows that a transaction elsewhere in the cluster held back. */
const IDLE_MS = 2000;

interface Row {
  id: string;
  at: Date;
  action: string;
  outcome: AuditRecord['outcome'];
  actor_id: string | null;
  subject: string | null;
  workspace_id: string | null;
  address: string | null;
  request_id: string | null;
  details: AuditRecord['details'];
}

/** Key of the advisory lock that the replica at work holds. */
const LOCK = 7281_4473;

/**
 * Delivers the audit records to the audit log: in order, at least once. Of several replicas one at a time works; a killed
 * one's lock goes with its connection. The log knows records by id, so a batch that was delivered but not noted is
 * delivered again without harm.
 *
 * The transaction writes nothing before the log has answered: it has no transaction id until then, so it holds back no
 * reader of an outbox, however long the log takes.
 */
export class AuditRelay {
  readonly #sql: Sql;
  readonly #auditLog: Client;
  readonly #signal: Signal;
  readonly #log: FastifyBaseLogger;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(sql: Sql, auditLog: Client, signal: Signal, log: FastifyBaseLogger) {
    this.#sql = sql;
    this.#auditLog = auditLog;
    this.#signal = signal;
    this.#log = log;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when the batch under way is delivered or given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#signal.raise();
    await this.#running;
  }

  async #run(): Promise<void> {
    let retry = RETRY_MS.first;
    while (!this.#stopped) {
      const signal = this.#signal.next();
      try {
        const delivered = await this.#deliver();
        retry = RETRY_MS.first;
        if (delivered < BATCH) await signal.within(IDLE_MS);
      } catch (error) {
        if (this.#stopped) return;
        this.#log.warn({ err: error }, 'audit records wait: they could not be delivered');
        await this.#pause(retry);
        retry = Math.min(retry * 2, RETRY_MS.most);
      }
    }
  }

  /** @returns how many records were delivered; 0 too when another replica is at it */
  async #deliver(): Promise<number> {
    return this.#sql.begin(async (tx) => {
      const [stored] = await tx<Array<{ position: string }>>`select position from audit_delivery where pg_try_advisory_xact_lock(${LOCK})`;
      if (!stored) return 0;
      const columns = ['id', 'at', 'action', 'outcome', 'actor_id', 'subject', 'workspace_id', 'address', 'request_id', 'details'];
      const rows = await readOutbox<Row>(this.#sql, 'audit_records', columns, parsePosition(stored.position) ?? ORIGIN, BATCH);
      const last = rows.at(-1);
      if (!last) return 0;
      const answer = await this.#auditLog.post<AppendAnswer>(
        '/records',
        { records: rows.map(({ row }) => toRecord(row)) },
        { timeoutMs: 10_000 },
      );
      if (answer.status !== 200) throw new Error(`the audit log answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      await tx`
        update audit_records r set leaf_index = logged.index
        from unnest(${rows.map(({ row }) => row.id)}::uuid[], ${answer.body.indexes}::bigint[]) as logged (id, index)
        where r.id = logged.id`;
      await tx`update audit_delivery set position = ${formatPosition(last.position)}`;
      return rows.length;
    });
  }

  /** A pause that stop() cuts short, and new records do not. */
  async #pause(ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && !this.#stopped; left = end - performance.now()) await this.#signal.next().within(left);
  }
}

function toRecord({ actor_id, workspace_id, request_id, at, ...row }: Row & { xid?: string; seq?: string }): AuditRecord {
  const { id, action, outcome, subject, address, details } = row;
  return {
    id,
    at: at.toISOString(),
    action,
    outcome,
    actorId: actor_id,
    subject,
    workspaceId: workspace_id,
    address,
    requestId: request_id,
    details,
  };
}
