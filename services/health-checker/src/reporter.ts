import type { HealthReport } from '@taskflow/contracts/reports';
import type { Client } from '@taskflow/http/client';
import type { Server } from '@taskflow/http/server';
import { v7 } from 'uuid';
import type { ObservationBuffer } from './buffer.ts';

export interface ReporterOptions {
  metrics: Client;
  buffer: ObservationBuffer;
  /** who reports: host or pod name */
  checker: string;
  intervalMs: number;
  /** the interval doubles with each failure in a row, up to this */
  mostMs: number;
  log: Server['log'];
}

const MOST_PER_REPORT = 1000;

/**
 * Hands observations to metrics in batches. A batch keeps its id and content until metrics has acknowledged it, so sending
 * it again counts nothing twice; while metrics is away the rest waits in the buffer.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  #report: HealthReport | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Observations that metrics does not have yet. */
  get waiting(): number {
    return this.#options.buffer.length + (this.#report?.observations.length ?? 0);
  }

  start(): void {
    const { intervalMs, mostMs } = this.#options;
    const wait = Math.min(intervalMs * 2 ** this.#failures, Math.max(intervalMs, mostMs)) * (0.9 + 0.2 * Math.random());
    this.#timer = setTimeout(() => {
      this.#sending = this.#sendAll(Number.POSITIVE_INFINITY).then(() => {
        if (!this.#stopped) this.start();
      });
    }, wait);
  }

  /** Stops, and sends what is there, for at most `ms` milliseconds. What stays behind is said in the log. */
  async flush(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#sending;
    while (this.waiting > 0 && performance.now() < deadline) {
      await this.#sendAll(deadline);
      if (this.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    if (this.waiting > 0)
      this.#options.log.error({ observations: this.waiting }, 'metrics did not take these before the end; they are lost');
  }

  async #sendAll(deadline: number): Promise<void> {
    const { buffer, checker } = this.#options;
    while (this.#report || buffer.length > 0) {
      this.#report ??= { id: v7(), checker, observations: buffer.take(MOST_PER_REPORT) };
      if (!(await this.#send(this.#report, deadline))) return;
      this.#report = undefined;
    }
  }

  async #send(report: HealthReport, deadline: number): Promise<boolean> {
    const { metrics, log } = this.#options;
    try {
      const timeoutMs = Math.min(5000, Math.max(1, deadline - performance.now()));
      const { status } = await metrics.post('/internal/health-reports', report, { timeoutMs });
      if (status === 204) {
        if (this.#failures > 0) log.info('metrics takes reports again');
        this.#failures = 0;
        return true;
      }
      this.#failed(`metrics answered ${status}`);
    } catch (error) {
      this.#failed((error as Error).message);
    }
    return false;
  }

  #failed(reason: string): void {
    if (this.#failures === 0) this.#options.log.warn({ reason }, 'metrics does not take reports; they wait');
    this.#failures += 1;
  }
}
