import type { Board } from '@taskflow/contracts/tasks';
import type { Card } from '../changes/apply.ts';
import type { Fields } from '../changes/change.ts';
import { groupBoard } from '../list/group.ts';
import type { ProjectFrame } from '../project/project-view.ts';
import type { Lane } from './steps.ts';

export type LaneKind = 'assignee' | 'label' | 'priority';

/** The board in lanes; a task of two people, or with two labels, stands in both. Lanes without tasks are left out. */
export function splitBoard(board: Board, names: Pick<ProjectFrame, 'people' | 'labels'>, kind: LaneKind): Lane[] {
  return groupBoard(board, names, kind, 'order').map(({ id, name, rows }) => {
    const cards = Map.groupBy(rows, ({ column }) => column.id);
    const columns = board.columns.map((column) => ({ ...column, cards: (cards.get(column.id) ?? []).map(({ card }) => card) }));
    return { id, name, board: { ...board, columns } };
  });
}

/** What changes of a task that goes from one lane to another. */
export function fieldsOfLane(card: Card, kind: LaneKind, from: string, to: string): Fields {
  if (from === to) return {};
  if (kind === 'priority') return { priority: to as NonNullable<Fields['priority']> };
  const field = kind === 'assignee' ? 'assigneeIds' : 'labelIds';
  const rest = (card[field] ?? []).filter((id) => id !== from && id !== to);
  return { [field]: to === 'none' ? [] : [...rest, to] };
}

export const countOf = (lane: Lane): number => lane.board.columns.reduce((sum, { cards }) => sum + cards.length, 0);
