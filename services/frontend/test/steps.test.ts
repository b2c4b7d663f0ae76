import { expect, test, vi } from 'vitest';
import { fieldsOfLane, splitBoard } from '../src/board/lanes.ts';
import { neighbour, placeInDirection } from '../src/board/steps.ts';
import { applyLanguage } from '../src/i18n/translate.ts';
import { board, card } from './boards.ts';

vi.stubGlobal('document', { documentElement: {} });
await applyLanguage('en');
vi.unstubAllGlobals();

const shown = board({
  one: [card('a', { priority: 'high' }), card('b'), card('c', { priority: 'high' })],
  two: [card('d', { priority: 'high' })],
  three: [card('e')],
});
const lanes = splitBoard(shown, { people: new Map(), labels: new Map() }, 'priority');
const [high, none] = ['high', 'none'];

test('lanes have the board’s columns and only their own cards, in the same order', () => {
  const ids = lanes.map(({ id, board }) => [id, ...board.columns.map(({ cards }) => cards.map(({ id }) => id).join(' '))]);
  expect(ids).toEqual([
    ['high', 'a c', 'd', ''],
    ['none', 'b', '', 'e'],
  ]);
});

test.each([
  ['down', { lane: high, id: 'a' }, { lane: high, id: 'c' }],
  ['down', { lane: high, id: 'c' }, { lane: none, id: 'b' }],
  ['up', { lane: none, id: 'b' }, { lane: high, id: 'c' }],
  ['up', { lane: high, id: 'a' }, undefined],
  ['right', { lane: none, id: 'b' }, { lane: none, id: 'e' }], // past a column without any
  ['left', { lane: high, id: 'd' }, { lane: high, id: 'a' }],
  ['down', { lane: high, id: 'gone' }, undefined],
] as const)('%s of %o', (direction, from, to) => {
  expect(neighbour(lanes, from, direction)).toEqual(to);
});

test('a card that goes down past the last of its lane comes into the next one', () => {
  const next = placeInDirection(lanes, { lane: high, id: 'c' }, 'down');
  expect(next).toEqual({ lane: none, to: { columnId: shown.columns[0]!.id, after: undefined, before: 'b' } });
  expect(placeInDirection(lanes, { lane: none, id: 'b' }, 'down')).toBeUndefined();
  expect(placeInDirection(lanes, { lane: high, id: 'd' }, 'right')).toMatchObject({ lane: high, to: { columnId: shown.columns[2]!.id } });
});

test.each([
  ['priority', {}, 'high', 'low', { priority: 'low' }],
  ['assignee', { assigneeIds: ['ana', 'ben'] }, 'ana', 'eve', { assigneeIds: ['ben', 'eve'] }],
  ['assignee', {}, 'none', 'eve', { assigneeIds: ['eve'] }],
  ['label', { labelIds: ['bug', 'ui'] }, 'ui', 'none', { labelIds: [] }],
  ['label', { labelIds: ['bug', 'ui'] }, 'ui', 'bug', { labelIds: ['bug'] }],
  ['label', { labelIds: ['bug'] }, 'bug', 'bug', {}],
] as const)('a card %s %o from %s to %s', (kind, fields, from, to, expected) => {
  expect(fieldsOfLane(card('x', structuredClone(fields) as object), kind, from, to)).toEqual(expected);
});
