import type { Board } from '@taskflow/contracts/tasks';
import { type Card, columnOf } from '../changes/apply.ts';
import type { Place } from '../changes/change.ts';

type Direction = 'up' | 'down' | 'left' | 'right';

/** The card that an arrow key leads to: sideways the one at about the same height, past columns without any. */
export function neighbourCard(board: Board, id: string, direction: Direction): Card | undefined {
  const column = columnOf(board, id);
  if (!column) return undefined; // somebody deleted it
  const index = column.cards.findIndex((card) => card.id === id);
  if (direction === 'up' || direction === 'down') return column.cards[index + (direction === 'up' ? -1 : 1)];
  const step = direction === 'left' ? -1 : 1;
  for (let at = board.columns.indexOf(column) + step; board.columns[at]; at += step) {
    const { cards } = board.columns[at]!;
    if (cards.length > 0) return cards[Math.min(index, cards.length - 1)];
  }
  return undefined;
}

/** Where a card goes that is moved one step. */
export function placeInDirection(board: Board, id: string, direction: Direction): Place | undefined {
  const column = columnOf(board, id);
  if (!column) return undefined; // somebody deleted it
  const index = column.cards.findIndex((card) => card.id === id);
  if (direction === 'up' || direction === 'down') {
    const target = index + (direction === 'up' ? -1 : 1);
    if (target < 0 || target >= column.cards.length) return undefined;
    return placeAt(column.id, column.cards.toSpliced(index, 1), target);
  }
  const next = board.columns[board.columns.indexOf(column) + (direction === 'left' ? -1 : 1)];
  return next && placeAt(next.id, next.cards, Math.min(index, next.cards.length));
}

const placeAt = (columnId: string, cards: Card[], index: number): Place => ({
  columnId,
  after: cards[index - 1]?.id,
  before: cards[index]?.id,
});
