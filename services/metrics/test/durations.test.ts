import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentiles, roundDuration } from '../src/flow/durations.ts';

it('rounds up by less than 1/64, keeps order, and a rounded duration as it is', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 30 }), fc.nat({ max: 2 ** 30 }), (a, b) => {
      expect(roundDuration(a)).toBeGreaterThanOrEqual(a);
      expect(roundDuration(a)).toBeLessThanOrEqual(a + a / 64);
      expect(roundDuration(roundDuration(a))).toBe(roundDuration(a));
      if (a <= b) expect(roundDuration(a)).toBeLessThanOrEqual(roundDuration(b));
    }),
  );
});

it('rounds what lies out of range into an integer of PostgreSQL', () => {
  expect(roundDuration(-5)).toBe(0);
  expect(roundDuration(1e15)).toBeLessThan(2 ** 31);
});

it('takes the nearest rank', () => {
  expect(percentiles(new Map())).toBeNull();
  expect(percentiles(new Map([[9, 0]]))).toBeNull();
  expect(
    percentiles(
      new Map([
        [30, 10],
        [10, 50],
        [20, 35],
        [40, 5],
      ]),
    ),
  ).toEqual({ p50: 10, p85: 20, p95: 30 });
});
