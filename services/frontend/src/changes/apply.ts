import type { TaskSnapshot } from '@taskflow/contracts/events';
import type { Board, Card as CardSchema, Task } from '@taskflow/contracts/tasks';
import type { Static } from 'typebox';
import type { Change, Place } from './change.ts';

export type Card = Static<typeof CardSchema>;
export type Column = Board['columns'][number];

/** The board as it will be once the waiting changes are carried out. Columns that nothing touches stay the same object. */
export function applyToBoard(board: Board, changes: Change[]): Board {
  return changes.reduce(applyOne, board);
}

function applyOne(board: Board, change: Change): Board {
  switch (change.kind) {
    case 'patch':
      return replaceCard(board, change.taskId, (card) => compact({ ...card, ...(change.to as Partial<Card>) }));
    case 'move': {
      const card = findCard(board, change.taskId);
      return card ? insert(withoutCard(board, change.taskId), card, change.to) : board;
    }
    case 'delete':
      return withoutCard(board, change.taskId);
    case 'create': {
      const { title, columnId, description: _, force: __, ...rest } = change.body;
      const card = compact({ id: change.taskId, number: 0, title, rank: '', version: 0, ...(rest as Partial<Card>) });
      return insert(board, card, { columnId: columnId ?? board.columns[0]?.id ?? '' });
    }
    case 'restore':
      return change.taken && !findCard(board, change.taskId) ? insert(board, change.taken.card, change.taken.place) : board;
  }
}

/** The task as it will be. */
export function applyToTask(task: Task, changes: Change[]): Task {
  let result = task;
  for (const change of changes) {
    if (change.taskId !== task.id) continue;
    if (change.kind === 'patch') result = { ...result, ...emptied(change.to) };
    if (change.kind === 'move') result = { ...result, columnId: change.to.columnId };
  }
  return result;
}

const LISTS = new Set(['assigneeIds', 'labelIds']);
/** What null means to each field: JSON Merge Patch says so of lists and of the description. */
function emptied(fields: object): Partial<Task> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      value === null && LISTS.has(field) ? [] : value === null && field === 'description' ? '' : value,
    ]),
  );
}

const locations = new WeakMap<Column, Map<string, number>>();

/** Looked up once for each state of a column, since a board may have thousands of cards. */
function indexOf(column: Column, id: string): number {
  let known = locations.get(column);
  if (!known) {
    known = new Map(column.cards.map((card, index) => [card.id, index]));
    locations.set(column, known);
  }
  return known.get(id) ?? -1;
}

export function columnOf(board: Pick<Board, 'columns'>, id: string): Column | undefined {
  return board.columns.find((column) => indexOf(column, id) >= 0);
}

export function findCard(board: Board, id: string): Card | undefined {
  const column = columnOf(board, id);
  return column?.cards[indexOf(column, id)];
}

/** Where a card stands now: what an undo needs. */
export function placeOf(board: Board, id: string): Place | undefined {
  const column = columnOf(board, id);
  if (!column) return undefined;
  const index = indexOf(column, id);
  return { columnId: column.id, after: column.cards[index - 1]?.id, before: column.cards[index + 1]?.id };
}

function replaceColumn(board: Board, columnId: string, change: (cards: Card[]) => Card[]): Board {
  return {
    ...board,
    columns: board.columns.map((column) => (column.id === columnId ? { ...column, cards: change(column.cards) } : column)),
  };
}

function replaceCard(board: Board, id: string, change: (card: Card) => Card): Board {
  const column = columnOf(board, id);
  if (!column) return board;
  const index = indexOf(column, id);
  return replaceColumn(board, column.id, (cards) => cards.with(index, change(cards[index]!)));
}

function withoutCard(board: Board, id: string): Board {
  const column = columnOf(board, id);
  return column ? replaceColumn(board, column.id, (cards) => cards.toSpliced(indexOf(column, id), 1)) : board;
}

function insert(board: Board, card: Card, { columnId, before, after }: Place): Board {
  return replaceColumn(board, columnId, (cards) => {
    const next = before === undefined ? -1 : cards.findIndex(({ id }) => id === before);
    if (next >= 0) return cards.toSpliced(next, 0, card);
    const previous = after === undefined ? -1 : cards.findIndex(({ id }) => id === after);
    return previous >= 0 ? cards.toSpliced(previous + 1, 0, card) : [...cards, card];
  });
}

/**
 * The board with a task as the server says it is. What is older than what we have changes nothing.
 * @param before the card as it was, of a task that comes back: the server's answer does not count its comments
 */
export function mergeTask(board: Board, task: (Task | TaskSnapshot) & { rank: string }, before?: Card): Board {
  const known = findCard(board, task.id);
  if (known && known.version > task.version) return board;
  const isGone = 'deleted' in task ? task.deleted : task.deletedAt !== null;
  if (known && known.version === task.version && !isGone && columnOf(board, task.id)?.id === task.columnId) return board;
  const rest = known ? withoutCard(board, task.id) : board;
  const merged = isGone
    ? rest
    : replaceColumn(rest, task.columnId, (cards) => cards.toSpliced(rankIndex(cards, task.rank), 0, toCard(task, known ?? before)));
  return [known?.parentId, task.parentId ?? undefined].reduce(recountSubtasks, merged);
}

/** A deleted task's card goes, and its parent counts anew. */
export function removeTask(board: Board, id: string): Board {
  const card = findCard(board, id);
  return card ? recountSubtasks(withoutCard(board, id), card.parentId) : board;
}

/** Ranks compare as ASCII strings. */
function rankIndex(cards: Card[], rank: string): number {
  let [low, high] = [0, cards.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cards[middle]!.rank < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

function toCard(task: (Task | TaskSnapshot) & { rank: string }, known: Card | undefined): Card {
  const { id, humanId, title, rank, version, priority, assigneeIds, labelIds, startDate, dueDate, estimate, parentId } = task;
  return compact({
    id,
    number: Number(humanId.slice(humanId.lastIndexOf('-') + 1)),
    title,
    rank,
    version,
    priority: priority as NonNullable<Card['priority']>,
    assigneeIds,
    labelIds,
    startDate,
    dueDate,
    estimate,
    parentId,
    subtasks: known?.subtasks,
    comments: known?.comments,
  });
}

/** As the server writes cards: without what is empty. */
function compact(card: { [K in keyof Card]: Card[K] | null | undefined }): Card {
  const members = Object.entries(card).filter(
    ([name, value]) =>
      value !== null && value !== undefined && !(name === 'priority' && value === 'none') && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(members) as Card;
}

function recountSubtasks(board: Board, parentId: string | undefined): Board {
  if (parentId === undefined || !findCard(board, parentId)) return board;
  let [done, total] = [0, 0];
  for (const { cards, category } of board.columns) {
    const children = cards.filter((card) => card.parentId === parentId).length;
    total += children;
    if (category === 'done') done += children;
  }
  return replaceCard(board, parentId, ({ subtasks: _, ...card }) => (total > 0 ? { ...card, subtasks: [done, total] } : card));
}

/** One comment more or less. */
export const countComment = (board: Board, taskId: string, difference: 1 | -1): Board =>
  replaceCard(board, taskId, ({ comments = 0, ...card }) => {
    const count = comments + difference;
    return count > 0 ? { ...card, comments: count } : card;
  });
