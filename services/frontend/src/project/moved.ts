import type { Board } from '@taskflow/contracts/tasks';

type Card = Board['columns'][number]['cards'][number];

/** Marks the mutations that move cards. */
export const MOVING = ['move'];

export const findCard = (board: Board | undefined, id: string): Card | undefined =>
  board?.columns.flatMap(({ cards }) => cards).find((card) => card.id === id);

/** The board with the card at the end of a column; as it is when there is no such card any more. */
export function moved(board: Board, cardId: string, columnId: string): Board {
  const card = findCard(board, cardId);
  if (!card) return board;
  const columns = board.columns.map((column) => {
    const others = column.cards.filter(({ id }) => id !== cardId);
    return { ...column, cards: column.id === columnId ? [...others, card] : others };
  });
  return { ...board, columns };
}

/** The board with the version that a write has made of a card. */
export function withVersion(board: Board, cardId: string, version: number): Board {
  const columns = board.columns.map((column) => ({
    ...column,
    cards: column.cards.map((card) => (card.id === cardId ? { ...card, version } : card)),
  }));
  return { ...board, columns };
}
