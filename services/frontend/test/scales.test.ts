import { describe, expect, it } from 'vitest';
import { linear, sample, ticks } from '../src/insights/scales.ts';

describe('scales', () => {
  it.each([
    [0, [0, 1]],
    [3, [0, 1, 2, 3]],
    [17, [0, 5, 10, 15, 20]],
    [100, [0, 50, 100]],
    [4000, [0, 1000, 2000, 3000, 4000]],
  ])('ticks up to %i', (most, expected) => {
    expect(ticks(most)).toEqual(expected);
  });

  it('a value is drawn where it belongs, and somewhere when there is only one', () => {
    expect(linear([0, 10], [0, 100])(5)).toBe(50);
    expect(linear([0, 10], [100, 0])(10)).toBe(0);
    expect(linear([3, 3], [10, 20])(3)).toBe(10);
  });

  it('labels are taken evenly, the last among them', () => {
    expect(sample(0, 6)).toEqual([]);
    expect(sample(3, 6)).toEqual([0, 1, 2]);
    expect(sample(90, 6)).toEqual([14, 29, 44, 59, 74, 89]);
  });
});
