import type { Board, Project, Task } from '@taskflow/contracts/tasks';
import { get, getAll, post } from './client.ts';

export const listProjects = (signal: AbortSignal) => getAll<Project>('/tasks/projects', { query: { archived: false }, signal });
export const createProject = (body: { key: string; name: string; workspaceId: string; private?: boolean }) =>
  post<Project>('/tasks/projects', body);
export const getBoard = (projectId: string, signal: AbortSignal) => get<Board>(`/tasks/projects/${projectId}/board`, { signal });

/** @param idempotencyKey the same until the answer is there, so that a repeated attempt makes no second task */
export const createTask = (projectId: string, body: { title: string; columnId: string }, idempotencyKey: string) =>
  post<Task>(`/tasks/projects/${projectId}/tasks`, body, { idempotencyKey });
/** To the end of the column. */
export const moveTask = (id: string, version: number, columnId: string) => post<Task>(`/tasks/${id}/move`, { columnId }, { version });
