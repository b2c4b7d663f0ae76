import type { HealthObservation, TargetStatus } from '@taskflow/contracts/reports';
import type { Server } from '@taskflow/http/server';
import { type ProbeLimits, probe } from './probe.ts';
import type { Target } from './targets.ts';

export interface Schedule extends ProbeLimits {
  intervalMs: number;
  /** the interval doubles with each failure in a row, up to this */
  mostMs: number;
}

const KEPT_RESULTS = 100;
/** Each wait is up to so much longer or shorter, so that the checkers of many pods do not ask together. */
const JITTER = 0.1;

/** Probes one target for ever, one probe at a time, and keeps the last results. */
export class Prober {
  readonly target: Target;
  readonly #schedule: Schedule;
  readonly #log: Server['log'];
  readonly #onResult: (observation: HealthObservation) => void;
  #results: HealthObservation[] = [];
  #since: string | null = null;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(target: Target, schedule: Schedule, log: Server['log'], onResult: (observation: HealthObservation) => void) {
    this.target = target;
    this.#schedule = schedule;
    this.#log = log;
    this.#onResult = onResult;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#probe();
    }, this.#wait());
  }

  /** Resolves when the probe that is under way has its result. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** @param results how many of the last ones */
  status(results: number): TargetStatus {
    const { name, url } = this.target;
    return { name, url: url.href, state: this.#results[0]?.state ?? null, since: this.#since, results: this.#results.slice(0, results) };
  }

  async #probe(): Promise<void> {
    const at = new Date().toISOString();
    const { state, latencyMs, error } = await probe(this.target, this.#schedule);
    const observation = { target: this.target.name, at, state, latencyMs, count: 1, ...(error === undefined ? {} : { error }) };
    const before = this.#results[0]?.state;
    if (before !== state) {
      this.#since = at;
      this.#log[state === 'up' ? 'info' : 'warn']({ target: this.target.name, state, before, error }, 'a target has changed');
    }
    this.#results = [observation, ...this.#results.slice(0, KEPT_RESULTS - 1)];
    this.#failures = state === 'down' ? this.#failures + 1 : 0;
    this.#onResult(observation);
    if (!this.#stopped) this.start();
  }

  /** Milliseconds until the next probe; the first comes at once. */
  #wait(): number {
    const { intervalMs, mostMs } = this.#schedule;
    if (this.#results.length === 0) return 0;
    const wait = Math.min(intervalMs * 2 ** Math.max(0, this.#failures - 1), Math.max(intervalMs, mostMs));
    return wait * (1 + JITTER * (2 * Math.random() - 1));
  }
}
