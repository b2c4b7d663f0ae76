import type { Board } from '@taskflow/contracts/tasks';
import { expect, test } from 'vitest';
import { moved } from '../src/project/moved.ts';

const card = (id: string) => ({ id, number: 1, title: id, rank: id, version: 1 });
const column = (id: string, ...cards: string[]) => ({ id, name: id, cards: cards.map(card) }) as unknown as Board['columns'][number];
const board: Board = { projectId: 'p', key: 'ENG', columns: [column('todo', 'a', 'b'), column('done', 'c')] };
const places = ({ columns }: Board) => columns.map(({ cards }) => cards.map(({ id }) => id));

test('a moved card is at the end of the other column, and nowhere else', () => {
  expect(places(moved(board, card('a'), board.columns[1]!))).toEqual([['b'], ['c', 'a']]);
});

test('the board that is there stays as it is, to go back to', () => {
  moved(board, card('a'), board.columns[1]!);
  expect(places(board)).toEqual([['a', 'b'], ['c']]);
});
