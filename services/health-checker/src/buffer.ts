import type { HealthObservation } from '@taskflow/contracts/reports';

const MINUTE = 60_000;
/** How far apart observations may be that become one, tried in this order; metrics counts by the minute. */
const SPANS = [MINUTE, 10 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE, Number.POSITIVE_INFINITY];

/**
 * Observations that wait for metrics. None is dropped: when there are more than `most`, the oldest become summaries
 * (same target, same state, same minute; coarser only when that does not do), so that counts and means stay right.
 */
export class ObservationBuffer {
  readonly #most: number;
  #items: HealthObservation[] = [];
  /** how many were taken into summaries of others */
  summarised = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#items.length;
  }

  add(observation: HealthObservation): void {
    this.#items.push(observation);
    if (this.#items.length > this.#most) this.#summarise();
  }

  /** Removes and gives the oldest. */
  take(count: number): HealthObservation[] {
    return this.#items.splice(0, count);
  }

  /** Makes the older three quarters small, so that it does not have to happen at every observation. */
  #summarise(): void {
    const recent = Math.floor(this.#most / 4);
    const before = this.#items.length;
    for (const span of SPANS) {
      this.#items = [...mergeWithin(span, this.#items.slice(0, -recent)), ...this.#items.slice(-recent)];
      if (this.#items.length <= this.#most * 0.75) break;
    }
    this.summarised += before - this.#items.length;
  }
}

function mergeWithin(span: number, observations: HealthObservation[]): HealthObservation[] {
  const merged = new Map<string, HealthObservation>();
  for (const observation of observations) {
    const slot = span === Number.POSITIVE_INFINITY ? 0 : Math.floor(Date.parse(observation.at) / span);
    const key = JSON.stringify([slot, observation.target, observation.state]);
    const other = merged.get(key);
    merged.set(key, other ? merge(other, observation) : observation);
  }
  return [...merged.values()];
}

/** The time is that of the first, the reason that of the last. */
function merge(first: HealthObservation, second: HealthObservation): HealthObservation {
  const count = first.count + second.count;
  const latencyMs = (first.latencyMs * first.count + second.latencyMs * second.count) / count;
  return { ...first, count, latencyMs, ...(second.error === undefined ? {} : { error: second.error }) };
}
