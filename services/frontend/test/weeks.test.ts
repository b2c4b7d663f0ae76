import { describe, expect, it } from 'vitest';
import { addMonths, firstWeekday, weekOf, weeksOfMonth } from '../src/calendar/weeks.ts';

describe('weeks', () => {
  it('begin as they do where the language is at home', () => {
    expect([firstWeekday('en-US'), firstWeekday('de'), firstWeekday('fr')]).toEqual([7, 1, 1]);
    expect(weekOf('2026-11-25', 1)).toBe('2026-11-23');
    expect(weekOf('2026-11-22', 1)).toBe('2026-11-16');
    expect(weekOf('2026-11-22', 7)).toBe('2026-11-22');
  });

  it('a month has its weeks, whole', () => {
    const weeks = weeksOfMonth('2026-11', 1);
    expect(weeks).toHaveLength(6);
    expect(weeks[0]![0]).toBe('2026-10-26');
    expect(weeks.at(-1)!.at(-1)).toBe('2026-12-06');
    expect(weeksOfMonth('2027-02', 1)).toHaveLength(4); // a February that begins on a Monday
  });

  it('months go on over the end of the year', () => {
    expect([addMonths('2026-11', 2), addMonths('2026-01', -1), addMonths('2026-12', 12)]).toEqual(['2027-01', '2025-12', '2027-12']);
  });
});
