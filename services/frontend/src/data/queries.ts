import { infiniteQueryOptions, type QueryKey, queryOptions } from '@tanstack/react-query';
import type { InboxState } from '@taskflow/contracts/notifications';
import { getMe, listMembers } from '../api/auth.ts';
import { listFilters } from '../api/filters.ts';
import { getInboxCounts, listInboxGroups } from '../api/notifications.ts';
import {
  getBoard,
  getRecurrence,
  getTask,
  getWatch,
  listActivity,
  listAttachments,
  listComments,
  listLabels,
  listProjects,
  listRelations,
} from '../api/tasks.ts';

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** A list that comes page by page, see More. */
export const pagedQuery = <P extends Page<unknown>>(
  queryKey: QueryKey,
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

/** What the app keeps of the API's answers, by key. */
export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => getMe(signal), staleTime: 5 * 60_000 });

export const projectsQuery = queryOptions({ queryKey: ['projects'], queryFn: ({ signal }) => listProjects(signal) });

export const boardQuery = (projectId: string) =>
  queryOptions({ queryKey: ['board', projectId], queryFn: ({ signal }) => getBoard(projectId, signal) });

export const labelsQuery = (projectId: string) =>
  queryOptions({ queryKey: ['labels', projectId], queryFn: ({ signal }) => listLabels(projectId, signal) });

export const membersQuery = (workspaceId: string) =>
  queryOptions({ queryKey: ['members', workspaceId], queryFn: ({ signal }) => listMembers(workspaceId, signal), staleTime: 5 * 60_000 });

/** By id or human id. What the server says of the task later reaches it under either, see keep.ts. */
export const taskQuery = (reference: string, workspaceId?: string) =>
  queryOptions({ queryKey: ['task', reference], queryFn: ({ signal }) => getTask(reference, workspaceId, signal) });

// What belongs to one task: live/apply-events.ts knows these keys.
export const commentsQuery = (taskId: string) =>
  queryOptions({ queryKey: ['comments', taskId], queryFn: ({ signal }) => listComments(taskId, signal) });
export const relationsQuery = (taskId: string) =>
  queryOptions({ queryKey: ['relations', taskId], queryFn: ({ signal }) => listRelations(taskId, signal) });
export const attachmentsQuery = (taskId: string) =>
  queryOptions({ queryKey: ['attachments', taskId], queryFn: ({ signal }) => listAttachments(taskId, signal) });
export const watchQuery = (taskId: string) =>
  queryOptions({ queryKey: ['watch', taskId], queryFn: ({ signal }) => getWatch(taskId, signal) });
export const activityQuery = (taskId: string) => pagedQuery(['activity', taskId], (cursor, signal) => listActivity(taskId, cursor, signal));
/** null: it does not come again */
export const recurrenceQuery = (taskId: string) =>
  queryOptions({ queryKey: ['recurrence', taskId], queryFn: async ({ signal }) => (await getRecurrence(taskId, signal)) ?? null });

export const filtersQuery = queryOptions({ queryKey: ['filters'], queryFn: ({ signal }) => listFilters(signal) });

// live/use-live.ts asks for everything below 'inbox' anew when the stream tells of it.
export const inboxCountsQuery = queryOptions({ queryKey: ['inbox', 'counts'], queryFn: ({ signal }) => getInboxCounts(signal) });
export const inboxQuery = (state: InboxState) =>
  pagedQuery(['inbox', 'groups', state], (cursor, signal) => listInboxGroups(state, cursor, signal));
