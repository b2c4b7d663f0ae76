import { expect, it } from 'vitest';
import { contradictions, type Operation } from './history.ts';

const versions = new Map([
  [1, 'first'],
  [2, 'a'],
  [3, 'b'],
]);
const write = (title: string, seen: number, version: number | undefined, begun: number, ended: number): Operation => ({
  kind: 'write',
  taskId: 't',
  title,
  seen,
  begun,
  ended,
  ...(version === undefined ? {} : { version }),
});
const read = (title: string, version: number, begun: number, ended: number): Operation => ({
  kind: 'read',
  taskId: 't',
  title,
  version,
  begun,
  ended,
});
const good = [write('a', 1, 2, 0, 10), read('first', 1, 5, 6), read('a', 2, 8, 20), write('b', 2, undefined, 12, Number.POSITIVE_INFINITY)];

it('finds nothing in what could have happened one after the other', () => {
  expect(contradictions(versions, good)).toEqual([]);
});

it.each<[string, Array<[number, string]>, Operation[], RegExp]>([
  [
    'an event that is missing',
    [
      [1, 'first'],
      [3, 'b'],
      [4, 'c'],
    ],
    [],
    /version 2 of 3 has no event/,
  ],
  [
    'a write from nowhere',
    [
      [1, 'first'],
      [2, 'x'],
    ],
    [],
    /nobody wrote/,
  ],
  ['a stale overwrite', [...versions], [...good.slice(0, 3), write('b', 1, 3, 12, 14)], /had seen 1/],
  ['an acknowledged write that is lost', [[1, 'first']], [write('a', 1, 2, 0, 10)], /answered with version 2/],
  ['a read of what was already overwritten', [...versions], [...good, read('first', 1, 11, 12)], /after the write of 2 had ended/],
])('finds %s', (_name, events, operations, expected) => {
  expect(contradictions(new Map(events), operations).join('\n')).toMatch(expected);
});
