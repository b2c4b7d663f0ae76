import { queryOptions } from '@tanstack/react-query';
import { getMe } from '../api/auth.ts';
import { getBoard, listProjects } from '../api/tasks.ts';

/** What the app keeps of the API's answers, by key. */
export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => getMe(signal), staleTime: 5 * 60_000 });

export const projectsQuery = queryOptions({ queryKey: ['projects'], queryFn: ({ signal }) => listProjects(signal) });

export const boardQuery = (projectId: string) =>
  queryOptions({ queryKey: ['board', projectId], queryFn: ({ signal }) => getBoard(projectId, signal) });
