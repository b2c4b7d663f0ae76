import type { QueryClient } from '@tanstack/react-query';
import type { StreamEvent } from '@taskflow/contracts/feed';
import type { Board, Task } from '@taskflow/contracts/tasks';
import { countComment, mergeTask, removeTask } from '../changes/apply.ts';
import { boardQuery } from '../data/queries.ts';

/** So many changes of one project at once, such as by an import, cost less as a new board. */
const MOST_MERGED = 100;

/** What is asked for anew when any task changed, and not more often than this many milliseconds. */
const LISTS = new Set(['search', 'list', 'today', 'calendar', 'timeline']);
const LISTS_MS = 400;
let listsDue: ReturnType<typeof setTimeout> | undefined;

/** Brings what is kept of the API's answers up to date with changes of others; own ones are there already. */
export function applyEvents(client: QueryClient, events: StreamEvent[]): void {
  for (const [projectId, own] of Map.groupBy(events, (event) => event.projectId)) {
    if (projectId) applyToProject(client, projectId, own);
  }
  if (events.some(({ type }) => type.startsWith('project.') || type.startsWith('column.'))) {
    void client.invalidateQueries({ queryKey: ['projects'] });
  }
  if (events.some(({ type }) => type.startsWith('label.'))) void client.invalidateQueries({ queryKey: ['labels'] });
  for (const event of events) if (event.taskId) applyToTask(client, event.taskId, event);
  if (events.some(({ taskId }) => taskId !== null)) refreshListsSoon(client);
}

function applyToProject(client: QueryClient, projectId: string, events: StreamEvent[]): void {
  const { queryKey } = boardQuery(projectId);
  const isOther = events.some(({ type }) => type.startsWith('column.') || type.startsWith('project.'));
  if (isOther || events.length > MOST_MERGED) {
    void client.invalidateQueries({ queryKey });
    return;
  }
  client.setQueryData(queryKey, (board) => board && events.reduce(applyToBoard, board));
}

export function applyToBoard(board: Board, event: StreamEvent): Board {
  const { type, taskId, task } = event;
  if (!taskId || !task) return board;
  if (type === 'task.deleted') return removeTask(board, taskId);
  if (type === 'comment.created') return countComment(board, taskId, 1);
  if (type === 'comment.deleted') return countComment(board, taskId, -1);
  const { rank } = (event.data ?? {}) as { rank?: string };
  return type.startsWith('task.') && rank !== undefined ? mergeTask(board, { ...task, rank }) : board;
}

/** What belongs to one task, each under a key of its own. */
const PARTS = { comment: 'comments', relation: 'relations', attachment: 'attachments' } as const;

function applyToTask(client: QueryClient, taskId: string, { type, task }: StreamEvent): void {
  void client.invalidateQueries({ queryKey: ['activity', taskId] });
  const part = PARTS[type.slice(0, type.indexOf('.')) as keyof typeof PARTS];
  if (part) void client.invalidateQueries({ queryKey: [part, taskId] });
  void client.invalidateQueries({
    queryKey: ['task'],
    predicate: ({ state }) => {
      const known = state.data as Task | undefined;
      if (known === undefined) return false;
      if (known.id === taskId) return task === undefined || task.version > known.version;
      return known.id === task?.parentId; // counts its subtasks
    },
  });
}

function refreshListsSoon(client: QueryClient): void {
  if (listsDue) return;
  listsDue = setTimeout(() => {
    listsDue = undefined;
    void client.invalidateQueries({ predicate: ({ queryKey }) => LISTS.has(String(queryKey[0])) });
  }, LISTS_MS);
}
