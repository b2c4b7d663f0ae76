/**
 * Monte Carlo forecasts from throughput: days of the past, drawn with replacement, stand for the days to come.
 * T. Magennis, Forecasting and Simulating Software Development Projects (2011); D. Vacanti, Actionable Agile Metrics for
 * Predictability (2015), chapters 14 and 15. No estimates go in, and weekends and quiet days are in the sample.
 */

/** Beyond ten years nothing is foreseeable. */
export const HORIZON_DAYS = 3650;
/** Fewest days of history: the median lies between the least and the greatest of five with 94 % (D. Hubbard, "rule of five"). */
export const FEWEST_DAYS = 5;
const MOST_TRIALS = 10_000;
/** Simulated days of one forecast, some 30 ms: long forecasts get fewer trials, at the least 1,000. */
const WORK = 4_000_000;

export interface Quantiles {
  p50: number;
  p85: number;
  p95: number;
}

/**
 * @param throughput tasks completed on each day of the past, days without any included
 * @returns in how many days `remaining` tasks are done with 50, 85 and 95 %; Infinity beyond the horizon
 */
export function forecastDays(throughput: number[], remaining: number, seed: number): Quantiles {
  const mean = throughput.reduce((sum, tasks) => sum + tasks, 0) / throughput.length;
  const days = trials(Math.min(remaining / mean, HORIZON_DAYS), seed, (draw) => {
    let day = 0;
    for (let left = remaining; left > 0; day++) {
      if (day === HORIZON_DAYS) return Number.POSITIVE_INFINITY;
      left -= throughput[draw(throughput.length)] as number;
    }
    return day;
  }).sort();
  const at = (share: number) => days[Math.ceil(share * days.length) - 1] as number;
  return { p50: at(0.5), p85: at(0.85), p95: at(0.95) };
}

/** @returns how many tasks are done within `days` days, at the least, with 50, 85 and 95 % */
export function forecastTasks(throughput: number[], days: number, seed: number): Quantiles {
  const tasks = trials(days, seed, (draw) => {
    let done = 0;
    for (let day = 0; day < days; day++) done += throughput[draw(throughput.length)] as number;
    return done;
  })
    .sort()
    .reverse();
  const at = (share: number) => tasks[Math.ceil(share * tasks.length) - 1] as number;
  return { p50: at(0.5), p85: at(0.85), p95: at(0.95) };
}

function trials(expectedDays: number, seed: number, run: (draw: (below: number) => number) => number): Float64Array {
  const draw = randomIntegers(seed);
  const count = Math.round(Math.min(MOST_TRIALS, Math.max(1000, WORK / Math.max(expectedDays, 1))));
  return Float64Array.from({ length: count }, () => run(draw));
}

/**
 * Integers from 0 up to below, the same for the same seed: xoshiro128** (D. Blackman, S. Vigna, Scrambled linear
 * pseudorandom number generators, 2021), its state filled from the finaliser of MurmurHash3.
 */
export function randomIntegers(seed: number): (below: number) => number {
  let mix = seed | 0;
  const fill = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  const rotate = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));
  return (below) => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return Math.floor((result / 2 ** 32) * below);
  };
}
