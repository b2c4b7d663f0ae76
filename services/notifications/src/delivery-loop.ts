import type { FastifyBaseLogger } from 'fastify';

export interface DeliveryLoopOptions<Job> {
  /** jobs at once */
  places: number;
  /** Takes up to so many due jobs out of the queue for as long as a delivery may last. */
  claim(places: number): Promise<Job[]>;
  /** Delivers and settles; what it throws is logged, and the job comes back when its claim has run out. */
  deliver(job: Job): Promise<void>;
  log: FastifyBaseLogger;
}

/** Milliseconds between looks at the queue when nobody wakes the loop: how late a job that was put off can be. */
const POLL_MS = 500;

/**
 * Works off a queue in the database. A claim is a lease, not an open transaction: an open one would hold back every
 * reader of an outbox for as long as a slow receiver takes. Who is killed loses the lease, and another goes on.
 */
export class DeliveryLoop<Job> {
  readonly #options: DeliveryLoopOptions<Job>;
  readonly #running = new Set<Promise<void>>();
  #wake: (() => void) | undefined;
  #woken = false;
  #stopped = false;
  #failing = false;
  #loop: Promise<void> | undefined;

  constructor(options: DeliveryLoopOptions<Job>) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There may be something due. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Claims no more and waits for what is under way, `ms` at most. */
  async stop(ms: number): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#loop;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.all(this.#running), patience]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      const claimed = await this.#fill();
      if (claimed === 0 && !this.#woken) await this.#sleep();
    }
  }

  async #fill(): Promise<number> {
    const places = this.#options.places - this.#running.size;
    if (places <= 0) return 0;
    try {
      const jobs = await this.#options.claim(places);
      this.#failing = false;
      for (const job of jobs) this.#begin(job);
      return jobs.length;
    } catch (error) {
      if (!this.#failing) this.#options.log.warn({ err: error }, 'the delivery queue cannot be read');
      this.#failing = true;
      return 0;
    }
  }

  #begin(job: Job): void {
    const run = this.#options
      .deliver(job)
      .catch((error) => this.#options.log.error({ err: error }, 'a delivery could not be settled'))
      .finally(() => {
        this.#running.delete(run);
        this.wake();
      });
    this.#running.add(run);
  }

  async #sleep(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, POLL_MS).unref();
    });
    this.#wake = undefined;
  }
}
