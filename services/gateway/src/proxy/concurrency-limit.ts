export interface ConcurrencyLimitOptions {
  initial?: number;
  least?: number;
  most?: number;
  now?: () => number;
}

const WINDOW = { ms: 500, samples: 10 };
/** The mean latency may rise to this multiple of the usual one before the limit falls. */
const TOLERANCE = 2;
const SMOOTHING = 0.2;
/** The usual latency is the exponential average over so many windows (five minutes), after a plain one of the first ten. */
const USUAL = { windows: 600, warmUp: 10 };

/**
 * How many requests a target may be working on at once. After Gradient2 of Netflix's concurrency-limits: while the latency of a short window
 * stays near its long average, the limit grows by the square root of itself (a small queue); when latency rises, queues have formed
 * at the target and the limit falls in proportion; after a timeout it falls by a tenth at once.
 * https://github.com/Netflix/concurrency-limits, https://netflixtechblog.medium.com/performance-under-load-3e6fa9a60581
 */
export class ConcurrencyLimit {
  readonly #options: Required<ConcurrencyLimitOptions>;
  #limit: number;
  #usual = 0;
  #windows = 0;
  #window = { begin: 0, sum: 0, count: 0, mostInFlight: 0, dropped: false };
  inFlight = 0;

  constructor(options: ConcurrencyLimitOptions = {}) {
    this.#options = { initial: 200, least: 20, most: 2000, now: () => performance.now(), ...options };
    this.#limit = this.#options.initial;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  get full(): boolean {
    return this.inFlight >= this.limit;
  }

  begin(): void {
    this.inFlight++;
    this.#window.mostInFlight = Math.max(this.#window.mostInFlight, this.inFlight);
  }

  /** @param latencyMs undefined when the call says nothing about the target's latency, Infinity when it timed out */
  end(latencyMs: number | undefined): void {
    this.inFlight--;
    if (latencyMs === undefined) return;
    const window = this.#window;
    if (latencyMs === Number.POSITIVE_INFINITY) window.dropped = true;
    else {
      window.sum += latencyMs;
      window.count++;
    }
    const now = this.#options.now();
    if (window.dropped || (window.count >= WINDOW.samples && now - window.begin >= WINDOW.ms)) this.#adapt(now);
  }

  #adapt(now: number): void {
    const { sum, count, mostInFlight, dropped } = this.#window;
    this.#window = { begin: now, sum: 0, count: 0, mostInFlight: this.inFlight, dropped: false };
    if (dropped) this.#set(this.#limit * 0.9);
    else this.#follow(Math.max(sum / count, 0.1), mostInFlight);
  }

  #follow(latency: number, mostInFlight: number): void {
    this.#windows++;
    this.#usual += (latency - this.#usual) * (this.#windows <= USUAL.warmUp ? 1 / this.#windows : 2 / (USUAL.windows + 1));
    if (this.#usual > 2 * latency) this.#usual *= 0.95; // after an overload the usual latency is remembered too high
    if (mostInFlight < this.#limit / 2) return; // not the target but the demand kept it low
    const gradient = Math.max(0.5, Math.min(1, (TOLERANCE * this.#usual) / latency));
    this.#set(this.#limit * (1 - SMOOTHING) + (this.#limit * gradient + Math.sqrt(this.#limit)) * SMOOTHING);
  }

  #set(limit: number): void {
    this.#limit = Math.max(this.#options.least, Math.min(this.#options.most, limit));
  }
}
