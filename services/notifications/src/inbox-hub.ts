import type { Sql } from '@taskflow/postgres/database';
import { type Listener, listen } from '@taskflow/postgres/listen';

/** Called with the transaction that changed the inbox. */
type Wake = (xid: bigint) => void;

/** Passes on to the open streams of a person what the database announces of their inbox. */
export class InboxHub {
  readonly #sql: Sql;
  readonly #streams = new Map<string, Set<Wake>>();
  #listener: Listener | undefined;
  /** below it every transaction has been looked at */
  #seen = '0';

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  open(): void {
    this.#listener = listen(this.#sql, 'inbox', (payload) => {
      if (payload === undefined)
        this.#lookForMissed().catch(() => {}); // the database is away: it is called again
      else this.#announce(...(payload.split(' ') as [string, string]));
    });
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  count(userId: string): number {
    return this.#streams.get(userId)?.size ?? 0;
  }

  /** @returns ends the subscription */
  subscribe(userId: string, wake: Wake): () => void {
    const streams = this.#streams.get(userId) ?? new Set();
    this.#streams.set(userId, streams.add(wake));
    return () => {
      streams.delete(wake);
      if (streams.size === 0) this.#streams.delete(userId);
    };
  }

  #announce(userId: string, xid: string): void {
    for (const wake of this.#streams.get(userId) ?? []) wake(BigInt(xid));
  }

  /** Announcements made while we were not subscribed are lost: one look for all streams. */
  async #lookForMissed(): Promise<void> {
    const rows = await this.#sql<Array<{ userId: string | null; xid: string | null; oldest: string }>>`
      select user_id as "userId", max(xid)::text as xid, pg_snapshot_xmin(pg_current_snapshot())::text as oldest
      from (select) as one
      left join notifications on inbox and xid >= ${this.#seen}::xid8 and user_id = any(${[...this.#streams.keys()]}::uuid[])
      group by user_id`;
    for (const { userId, xid } of rows) if (userId && xid) this.#announce(userId, xid);
    this.#seen = rows[0]?.oldest ?? this.#seen;
  }
}
