import { CircuitBreaker } from '@taskflow/http/circuit-breaker';
import type { Telemetry } from '@taskflow/http/telemetry';
import { Pool } from 'undici';
import { gatewayProblems } from '../problems.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';

/** Retries may add a tenth to the requests of a target, plus a reserve of ten. */
const RETRY_BUDGET = { ratio: 0.1, most: 10 };
/** A target that answers so is not well; a 500 is one request's own failure and must not close the door to all others. */
const UNWELL = new Set([502, 503, 504]);

/**
 * An idle connection is closed from this side, whatever longer time the service offers: a POST that met one which the service
 * is just closing could not be sent again, for nobody knows whether it was read (RFC 9112, 9.3.1).
 */
const IDLE_MS = 5000;

/** A service behind the gateway: its connections, and what is known of its state. */
export class Target {
  readonly name: string;
  readonly pool: Pool;
  readonly limit = new ConcurrencyLimit();
  readonly #breaker: CircuitBreaker;
  #retries = RETRY_BUDGET.most;

  constructor(name: string, url: string, telemetry: Telemetry) {
    this.name = name;
    // No time-outs here: the exchange has its own, which know streams and slow clients. Streams hold a connection each, so their
    // number is not limited; the requests at work are, by `limit`.
    this.pool = new Pool(url, {
      connections: null,
      connect: { timeout: 2000 },
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#breaker = new CircuitBreaker({
      onChange: (state) => telemetry.circuit.set({ target: name }, { closed: 0, 'half-open': 1, open: 2 }[state]),
    });
  }

  /** @throws Problem 503 when the target is overloaded or keeps failing: early, and at no cost to it */
  admit(): Call {
    const headers = { 'retry-after': '1' };
    if (this.limit.full) throw gatewayProblems.overloaded({ headers });
    if (!this.#breaker.allows()) {
      throw gatewayProblems.target_unavailable({
        detail: `The service "${this.name}" keeps failing and is left alone for a moment`,
        headers,
      });
    }
    this.#retries = Math.min(RETRY_BUDGET.most, this.#retries + RETRY_BUDGET.ratio);
    return new Call(this.limit, this.#breaker);
  }

  mayRetry(): boolean {
    if (this.#retries < 1) return false;
    this.#retries -= 1;
    return true;
  }
}

/** One admitted request; it ends exactly once. */
class Call {
  readonly #limit: ConcurrencyLimit;
  readonly #breaker: CircuitBreaker;
  #waitingSince: number | undefined;
  #ended = false;

  constructor(limit: ConcurrencyLimit, breaker: CircuitBreaker) {
    this.#limit = limit;
    this.#breaker = breaker;
  }

  /** The whole request is with the target, which works from now on: a slow upload is not the target's slowness. */
  sent(): void {
    if (this.#ended || this.#waitingSince !== undefined) return;
    this.#waitingSince = performance.now();
    this.#limit.begin();
  }

  answered(status: number): void {
    this.#end(
      UNWELL.has(status) ? 'failure' : 'success',
      this.#waitingSince === undefined ? undefined : performance.now() - this.#waitingSince,
    );
  }

  failed(): void {
    this.#end('failure', undefined);
  }

  timedOut(): void {
    this.#end('failure', Number.POSITIVE_INFINITY);
  }

  /** The client gave up; that says nothing about the target. */
  abandoned(): void {
    this.#end('ignore', undefined);
  }

  #end(outcome: 'success' | 'failure' | 'ignore', latencyMs: number | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#breaker[outcome]();
    if (this.#waitingSince !== undefined) this.#limit.end(latencyMs);
  }
}

export type { Call };
