import { hostname } from 'node:os';
import type { RequestReport } from '@taskflow/contracts/reports';
import type { Client } from '@taskflow/http/client';
import type { FastifyBaseLogger } from 'fastify';
import { v7 as uuid } from 'uuid';

type Route = RequestReport['routes'][number];

/** As many as a report may hold; methods and statuses of real targets are far fewer. */
const MOST_ROUTES = 1000;

/**
 * Counts requests by target, method and status and reports them to metrics. One report at a time is on its way, the same one
 * until it has been taken; meanwhile counting goes on in the next. So nothing is lost or counted twice while metrics is
 * away, and the memory is bounded by the number of routes.
 */
export class RequestStatistics {
  readonly #metrics: Client;
  readonly #log: FastifyBaseLogger;
  #routes = new Map<string, Route>();
  #from = new Date();
  #report: RequestReport | undefined;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(metrics: Client, log: FastifyBaseLogger) {
    this.#metrics = metrics;
    this.#log = log;
  }

  count(target: string, method: string, status: number, ms: number): void {
    const key = `${target} ${method} ${status}`;
    const route = this.#routes.get(key);
    if (route) {
      route.count++;
      route.sumMs += ms;
      route.maxMs = Math.max(route.maxMs, ms);
    } else if (this.#routes.size < MOST_ROUTES) this.#routes.set(key, { target, method, status, count: 1, sumMs: ms, maxMs: ms });
  }

  start(intervalMs: number): void {
    this.#timer = setInterval(() => void this.send(), intervalMs).unref();
  }

  /** Sends what has been counted; a report that metrics does not take is kept for the next time. */
  send(): Promise<void> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.send();
    if (this.#routes.size > 0) await this.send();
  }

  async #send(): Promise<void> {
    this.#report ??= this.#cut();
    if (!this.#report) return;
    try {
      const { status } = await this.#metrics.post('/internal/requests', this.#report, { timeoutMs: 2000 });
      if (status >= 300) throw new Error(`metrics answered ${status}`);
      this.#report = undefined;
    } catch (error) {
      this.#log.debug({ err: error }, 'request statistics are kept until metrics takes them');
    }
  }

  #cut(): RequestReport | undefined {
    if (this.#routes.size === 0) return undefined;
    const to = new Date();
    const report = {
      id: uuid(),
      gateway: hostname(),
      from: this.#from.toISOString(),
      to: to.toISOString(),
      routes: [...this.#routes.values()],
    };
    this.#routes = new Map();
    this.#from = to;
    return report;
  }
}
