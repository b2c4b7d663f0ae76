import fc from 'fast-check';
import { expect, it } from 'vitest';
import { forecastDays, forecastTasks, randomIntegers } from '../src/flow/forecast.ts';

/** Exact distribution of the sum of `days` draws, by convolution: sum → probability. */
function distribution(throughput: number[], days: number): number[] {
  let sums = [1];
  for (let day = 0; day < days; day++) {
    const next: number[] = [];
    for (const [sum, probability] of sums.entries()) {
      for (const tasks of throughput) next[sum + tasks] = (next[sum + tasks] ?? 0) + (probability ?? 0) / throughput.length;
    }
    sums = Array.from(next, (probability) => probability ?? 0);
  }
  return sums;
}
const atLeast = (sums: number[], tasks: number) => sums.slice(Math.max(0, tasks)).reduce((sum, probability) => sum + probability, 0);

const history = fc.array(fc.nat({ max: 5 }), { minLength: 5, maxLength: 30 }).filter((days) => days.some((tasks) => tasks > 0));
/** six standard deviations of a share of 10,000 trials, at most */
const TOLERANCE = 0.03;

it('foretells the days as the exact distribution does', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 15 }), fc.nat(), (throughput, remaining, seed) => {
      const forecast = forecastDays(throughput, remaining, seed);
      const doneIn = (days: number) => atLeast(distribution(throughput, days), remaining);
      for (const [days, share] of [
        [forecast.p50, 0.5],
        [forecast.p85, 0.85],
        [forecast.p95, 0.95],
      ] as const) {
        if (days > 60) continue; // exact sums of that many days take too long
        expect(doneIn(days)).toBeGreaterThan(share - TOLERANCE);
        expect(doneIn(days - 1)).toBeLessThan(share + TOLERANCE);
      }
    }),
    { numRuns: 30 },
  );
});

it('foretells the tasks as the exact distribution does', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 30 }), fc.nat(), (throughput, days, seed) => {
      const sums = distribution(throughput, days);
      const forecast = forecastTasks(throughput, days, seed);
      for (const [tasks, share] of [
        [forecast.p50, 0.5],
        [forecast.p85, 0.85],
        [forecast.p95, 0.95],
      ] as const) {
        expect(atLeast(sums, tasks)).toBeGreaterThan(share - TOLERANCE);
        expect(atLeast(sums, tasks + 1)).toBeLessThan(share + TOLERANCE);
      }
    }),
    { numRuns: 30 },
  );
});

it('is done at once when nothing remains', () => {
  expect(forecastDays([1, 2, 3, 4, 5], 0, 1)).toEqual({ p50: 0, p85: 0, p95: 0 });
});

it('bounds its work: the longest forecasts take well under a second of the processor', () => {
  const begin = process.cpuUsage();
  forecastDays([...Array(364).fill(0), 1], 100_000, 1);
  forecastTasks(Array(365).fill(3), 3650, 1);
  expect(process.cpuUsage(begin).user / 1000).toBeLessThan(1000);
});

it('draws every number about as often', () => {
  const draw = randomIntegers(42);
  const counts = Array(10).fill(0);
  for (let time = 0; time < 100_000; time++) counts[draw(10)]++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});
