/**
 * Rounds a duration up to seven significant bits, so that a day's durations fall into few distinct values: never short,
 * and less than 1/64 long (as HdrHistogram does it). Durations are whole seconds below 2^31.
 */
export function roundDuration(seconds: number): number {
  const whole = Math.min(Math.max(Math.ceil(seconds), 0), 2 ** 31 - 2 ** 24);
  const step = 2 ** Math.max(0, 31 - Math.clz32(whole) - 6);
  return Math.ceil(whole / step) * step;
}

/** value → how often */
export type Histogram = Map<number, number>;

/** Nearest-rank percentiles: the smallest value that at least this share of all does not exceed. Null of nothing. */
export function percentiles(histogram: Histogram) {
  const ascending = [...histogram].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const total = ascending.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number) => {
    let seen = 0;
    return ascending.find(([, count]) => {
      seen += count;
      return seen >= Math.ceil((share * total) / 100);
    })?.[0] as number;
  };
  return { p50: at(50), p85: at(85), p95: at(95) };
}
