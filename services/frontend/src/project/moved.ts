import type { Board } from '@taskflow/contracts/tasks';

type Column = Board['columns'][number];

/** The board with the card at the end of the other column. */
export function moved(board: Board, card: Column['cards'][number], to: Column): Board {
  const columns = board.columns.map((column) => {
    const others = column.cards.filter(({ id }) => id !== card.id);
    return { ...column, cards: column.id === to.id ? [...others, card] : others };
  });
  return { ...board, columns };
}
