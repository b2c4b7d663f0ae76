import type { Sql } from '@taskflow/postgres/database';

export interface Waiting {
  /** Resolves when the signal comes, or after so many milliseconds. */
  within(ms: number): Promise<void>;
}

/** A PostgreSQL notification channel as something to wait for. A lost connection counts as a signal: something may have been missed. */
export class Signal {
  #pulse = Promise.withResolvers<void>();

  /** Listens until the pool ends; reconnects by itself. */
  async listen(sql: Sql, channel: string): Promise<void> {
    await sql.listen(
      channel,
      () => this.raise(),
      () => this.raise(),
    );
  }

  raise(): void {
    this.#pulse.resolve();
    this.#pulse = Promise.withResolvers();
  }

  /** Waits for signals from this call on, not from when `within` is called. */
  next(): Waiting {
    const { promise } = this.#pulse;
    return {
      within: async (ms) => {
        let timer: NodeJS.Timeout | undefined;
        const expired = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, ms);
        });
        await Promise.race([promise, expired]);
        clearTimeout(timer);
      },
    };
  }
}
