import { queryOptions } from '@tanstack/react-query';
import { getMe, listMembers } from '../api/auth.ts';
import { getBoard, getTask, listLabels, listProjects } from '../api/tasks.ts';

/** What the app keeps of the API's answers, by key. */
export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => getMe(signal), staleTime: 5 * 60_000 });

export const projectsQuery = queryOptions({ queryKey: ['projects'], queryFn: ({ signal }) => listProjects(signal) });

export const boardQuery = (projectId: string) =>
  queryOptions({ queryKey: ['board', projectId], queryFn: ({ signal }) => getBoard(projectId, signal) });

export const labelsQuery = (projectId: string) =>
  queryOptions({ queryKey: ['labels', projectId], queryFn: ({ signal }) => listLabels(projectId, signal) });

export const membersQuery = (workspaceId: string) =>
  queryOptions({ queryKey: ['members', workspaceId], queryFn: ({ signal }) => listMembers(workspaceId, signal), staleTime: 5 * 60_000 });

export const taskQuery = (id: string) => queryOptions({ queryKey: ['task', id], queryFn: ({ signal }) => getTask(id, signal) });
