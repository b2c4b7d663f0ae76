export type CircuitState = 'closed' | 'half-open' | 'open';

export interface CircuitBreakerOptions {
  /** failures out of the last `window` outcomes that open the circuit */
  failureRatio?: number;
  window?: number;
  /** fewest outcomes before the ratio counts */
  minimum?: number;
  /** milliseconds the circuit stays open before one trial */
  openMs?: number;
  onChange?: (state: CircuitState) => void;
  now?: () => number;
}

/**
 * Stops calling a target that keeps failing (M. Nygard, Release It!): closed while outcomes are good; open, refusing at
 * once, when too many of the last ones failed; half open after a pause, letting one trial through that decides.
 */
export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>;
  #outcomes: boolean[] = [];
  #state: CircuitState = 'closed';
  #openedAt = 0;
  #trial = false;

  constructor(options: CircuitBreakerOptions = {}) {
    this.#options = {
      failureRatio: 0.5,
      window: 20,
      minimum: 5,
      openMs: 1000,
      onChange: () => {},
      now: () => performance.now(),
      ...options,
    };
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Whether a call may go out now. Each allowed call must be followed by success, failure or ignore. */
  allows(): boolean {
    const { now, openMs } = this.#options;
    if (this.#state === 'open' && now() - this.#openedAt >= openMs) this.#change('half-open');
    if (this.#state === 'closed') return true;
    if (this.#state === 'open' || this.#trial) return false;
    this.#trial = true;
    return true;
  }

  success(): void {
    this.#trial = false;
    if (this.#state === 'half-open') {
      this.#outcomes = [];
      this.#change('closed');
    }
    this.#push(true);
  }

  failure(): void {
    this.#trial = false;
    this.#push(false);
    const { failureRatio, minimum, now } = this.#options;
    const failed = this.#outcomes.filter((ok) => !ok).length;
    const tooMany = this.#outcomes.length >= minimum && failed / this.#outcomes.length >= failureRatio;
    if (this.#state === 'half-open' || (this.#state === 'closed' && tooMany)) {
      this.#openedAt = now();
      this.#change('open');
    }
  }

  /** The call said nothing about the target, such as one that its caller aborted. */
  ignore(): void {
    this.#trial = false;
  }

  #push(ok: boolean): void {
    this.#outcomes.push(ok);
    if (this.#outcomes.length > this.#options.window) this.#outcomes.shift();
  }

  #change(state: CircuitState): void {
    this.#state = state;
    this.#options.onChange(state);
  }
}
