import type { StatusDocument } from '@taskflow/contracts/status';
import type { FastifyBaseLogger } from 'fastify';

export interface Check {
  name: string;
  /** Rejects when the dependency is not available. */
  run(): Promise<unknown>;
}

const CHECK_INTERVAL_MS = 1000;
const CHECK_TIMEOUT_MS = 2000;
const RETRY_MS = { first: 100, most: 2000 };

/**
 * What a service can do now. Start-up steps run in order until each succeeds, so that services may start in any
 * order; needed dependencies are checked once a second, not once a probe.
 */
export class Health {
  #steps: Check[] = [];
  #checks: Check[] = [];
  #drains = new Set<() => unknown>();
  #failing = new Set<string>();
  #log: FastifyBaseLogger;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  started = false;
  draining = false;

  constructor(log: FastifyBaseLogger) {
    this.#log = log;
  }

  /** A step that must succeed before any request is served, such as migrations. Repeated until it does. */
  beforeReady(name: string, run: () => Promise<unknown>): void {
    this.#steps.push({ name, run });
  }

  /** A dependency without which the service cannot serve. */
  needs(name: string, run: () => Promise<unknown>): void {
    this.#checks.push({ name, run });
  }

  /**
   * Called when the port is about to close: a stream sends what its client resumes from and ends.
   * @returns takes the listener back, for a stream that has ended before
   */
  onDrain(listener: () => unknown): () => void {
    this.#drains.add(listener);
    return () => void this.#drains.delete(listener);
  }

  /** Tells all that asked with onDrain; resolves when they are done. */
  async drain(): Promise<void> {
    await Promise.allSettled([...this.#drains].map(async (listener) => listener()));
  }

  get status(): StatusDocument['status'] {
    if (this.draining) return 'draining';
    if (!this.started) return 'starting';
    return this.#failing.size === 0 ? 'ready' : 'unavailable';
  }

  get failing(): string[] {
    return [...this.#failing];
  }

  async start(): Promise<void> {
    for (const step of this.#steps) await this.#insist(step);
    if (this.#stopped) return;
    await this.#runChecks();
    this.started = true;
    this.#log.info('ready');
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #insist(step: Check): Promise<void> {
    for (let wait = RETRY_MS.first; !this.#stopped; wait = Math.min(wait * 1.3, RETRY_MS.most)) {
      try {
        await step.run();
        this.#failing.delete(step.name);
        return;
      } catch (error) {
        if (!this.#failing.has(step.name)) this.#log.warn({ err: error, step: step.name }, 'waiting to start');
        this.#failing.add(step.name);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#runChecks().then(() => this.#schedule()), CHECK_INTERVAL_MS);
    this.#timer.unref();
  }

  async #runChecks(): Promise<void> {
    await Promise.all(this.#checks.map((check) => this.#runCheck(check)));
  }

  async #runCheck(check: Check): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const expired = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
      });
      await Promise.race([check.run(), expired]);
      if (this.#failing.delete(check.name)) this.#log.info({ dependency: check.name }, 'dependency is back');
    } catch (error) {
      if (!this.#failing.has(check.name)) this.#log.warn({ err: error, dependency: check.name }, 'dependency is not available');
      this.#failing.add(check.name);
    } finally {
      clearTimeout(timer);
    }
  }
}
