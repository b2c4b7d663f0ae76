export interface Waiting {
  /** Resolves when the signal comes, or after so many milliseconds. */
  within(ms: number): Promise<void>;
}

/** Something to wait for that may happen again and again. */
export class Signal {
  #pulse = Promise.withResolvers<void>();
  closed = false;

  raise(): void {
    this.#pulse.resolve();
    this.#pulse = Promise.withResolvers();
  }

  /** Nobody needs to wait any more. */
  close(): void {
    this.closed = true;
    this.raise();
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
