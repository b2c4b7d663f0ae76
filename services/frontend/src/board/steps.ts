import type { Board } from '@taskflow/contracts/tasks';
import { type Card, type Column, columnOf } from '../changes/apply.ts';
import type { Place } from '../changes/change.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** A row of the board: all of it, or the tasks of one person, label or priority. Its columns are those of the board. */
export interface Lane {
  id: string;
  name: string;
  board: Board;
}

/** A card where it is drawn: one with two labels stands in the lanes of both. */
export interface Spot {
  lane: string;
  id: string;
}

/** Where a spot is: the number of its lane, and its column and place there. */
function find(lanes: Lane[], spot: Spot) {
  const at = lanes.findIndex(({ id }) => id === spot.lane);
  const lane = lanes[at];
  const column = lane && columnOf(lane.board, spot.id);
  return column && { at, lane, column, index: column.cards.findIndex(({ id }) => id === spot.id) };
}

const sameColumn = (lane: Lane, column: Column): Column => lane.board.columns.find(({ id }) => id === column.id)!;

/** Where an arrow key leads to: sideways the card at about the same height, past columns without any; up and down past lanes. */
export function neighbour(lanes: Lane[], spot: Spot, direction: Direction): Spot | undefined {
  const found = find(lanes, spot);
  if (!found) return undefined; // somebody deleted it
  const { at, lane, column, index } = found;
  const step = direction === 'left' || direction === 'up' ? -1 : 1;
  if (direction === 'up' || direction === 'down') {
    const card = column.cards[index + step];
    if (card) return { lane: spot.lane, id: card.id };
    for (let next = at + step; lanes[next]; next += step) {
      const first = sameColumn(lanes[next]!, column).cards.at(step === 1 ? 0 : -1);
      if (first) return { lane: lanes[next]!.id, id: first.id };
    }
    return undefined;
  }
  const { columns } = lane.board;
  for (let next = columns.indexOf(column) + step; columns[next]; next += step) {
    const { cards } = columns[next]!;
    if (cards.length > 0) return { lane: spot.lane, id: cards[Math.min(index, cards.length - 1)]!.id };
  }
  return undefined;
}

/** Where a card goes that is moved one step: up and down also into the next lane. */
export function placeInDirection(lanes: Lane[], spot: Spot, direction: Direction): { lane: string; to: Place } | undefined {
  const found = find(lanes, spot);
  if (!found) return undefined; // somebody deleted it
  const { at, lane, column, index } = found;
  const step = direction === 'left' || direction === 'up' ? -1 : 1;
  if (direction === 'up' || direction === 'down') {
    const target = index + step;
    if (target >= 0 && target < column.cards.length) {
      return { lane: spot.lane, to: placeAt(column.id, column.cards.toSpliced(index, 1), target) };
    }
    const next = lanes[at + step];
    if (!next) return undefined;
    const cards = sameColumn(next, column).cards.filter(({ id }) => id !== spot.id);
    return { lane: next.id, to: placeAt(column.id, cards, step === 1 ? 0 : cards.length) };
  }
  const { columns } = lane.board;
  const next = columns[columns.indexOf(column) + step];
  return next && { lane: spot.lane, to: placeAt(next.id, next.cards, Math.min(index, next.cards.length)) };
}

const placeAt = (columnId: string, cards: Card[], index: number): Place => ({
  columnId,
  after: cards[index - 1]?.id,
  before: cards[index]?.id,
});
