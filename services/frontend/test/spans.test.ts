import { expect, test } from 'vitest';
import { fieldsOf, firstDays, placeIn, rangeOf, shift, spanOf } from '../src/timeline/spans.ts';

test('a task with one date lasts a day, one without has none', () => {
  expect(spanOf({ dueDate: '2026-03-05' })).toEqual({ from: '2026-03-05', to: '2026-03-05' });
  expect(spanOf({ startDate: '2026-03-05' })).toEqual({ from: '2026-03-05', to: '2026-03-05' });
  expect(spanOf({})).toBeUndefined();
});

test('dates in the wrong order are drawn all the same', () => {
  expect(spanOf({ startDate: '2026-03-09', dueDate: '2026-03-05' })).toEqual({ from: '2026-03-05', to: '2026-03-09' });
});

test('a date a thousand years off does not make the range so long', () => {
  const range = rangeOf([{ from: '1026-01-01', to: '3026-01-01' }], '2026-03-01');
  expect(range).toEqual({ from: '2024-02-16', to: '2030-04-04' });
  expect(placeIn(range, { from: '1026-01-01', to: '3026-01-01' })).toEqual({ start: 0, length: 2240 });
});

test.each([
  ['whole', 3, { from: '2026-03-04', to: '2026-03-08' }],
  ['start', 3, { from: '2026-03-04', to: '2026-03-05' }],
  ['start', 9, { from: '2026-03-05', to: '2026-03-05' }],
  ['end', -9, { from: '2026-03-01', to: '2026-03-01' }],
  ['end', 26, { from: '2026-03-01', to: '2026-03-31' }],
] as const)('held at %s by %i days', (hold, days, expected) => {
  expect(shift({ from: '2026-03-01', to: '2026-03-05' }, hold, days)).toEqual(expected);
});

test('a task with one date keeps only one, unless it is drawn out', () => {
  expect(fieldsOf({ dueDate: '2026-03-05' }, { from: '2026-03-06', to: '2026-03-06' })).toEqual({ dueDate: '2026-03-06' });
  expect(fieldsOf({ startDate: '2026-03-05' }, { from: '2026-03-06', to: '2026-03-06' })).toEqual({ startDate: '2026-03-06' });
  expect(fieldsOf({ dueDate: '2026-03-05' }, { from: '2026-03-05', to: '2026-03-08' })).toEqual({
    startDate: '2026-03-05',
    dueDate: '2026-03-08',
  });
});

test('months and weeks begin where they do', () => {
  expect(firstDays({ from: '2026-01-30', to: '2026-03-02' }, (day) => day.endsWith('-01'))).toEqual(['2026-02-01', '2026-03-01']);
});
