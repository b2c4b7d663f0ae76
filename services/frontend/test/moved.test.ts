import type { Board } from '@taskflow/contracts/tasks';
import { expect, test } from 'vitest';
import { findCard, moved, withVersion } from '../src/project/moved.ts';

const card = (id: string) => ({ id, number: 1, title: id, rank: id, version: 1 });
const column = (id: string, ...cards: string[]) => ({ id, name: id, cards: cards.map(card) }) as unknown as Board['columns'][number];
const board: Board = { projectId: 'p', key: 'ENG', columns: [column('todo', 'a', 'b'), column('done', 'c')] };
const places = ({ columns }: Board) => columns.map(({ cards }) => cards.map(({ id }) => id));

test('a moved card is at the end of the other column, and nowhere else', () => {
  expect(places(moved(board, 'a', 'done'))).toEqual([['b'], ['c', 'a']]);
});

test('the board that is there stays as it is, to go back to', () => {
  moved(board, 'a', 'done');
  expect(places(board)).toEqual([['a', 'b'], ['c']]);
});

test('a card that is no longer there is not moved', () => {
  expect(moved(board, 'gone', 'done')).toBe(board);
});

test('a moved card keeps the version that the write has made, for the next one', () => {
  const after = moved(withVersion(board, 'a', 7), 'a', 'done');
  expect(findCard(after, 'a')?.version).toBe(7);
  expect(findCard(after, 'b')?.version).toBe(1);
});
