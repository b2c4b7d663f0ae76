import type { SetViewing, Viewers } from '@taskflow/contracts/feed';
import type { Board, CreateTask, Label, MoveTask, PatchTask, Project, Task } from '@taskflow/contracts/tasks';
import type { Static } from 'typebox';
import { get, getAll, patch, post, put, remove } from './client.ts';

export const listProjects = (signal: AbortSignal) => getAll<Project>('/tasks/projects', { query: { archived: false }, signal });
export const createProject = (body: { key: string; name: string; workspaceId: string; private?: boolean }) =>
  post<Project>('/tasks/projects', body);
export const getBoard = (projectId: string, signal: AbortSignal) => get<Board>(`/tasks/projects/${projectId}/board`, { signal });
export const listLabels = (projectId: string, signal: AbortSignal) => getAll<Label>('/tasks/labels', { query: { projectId }, signal });
export const createTask = (projectId: string, body: CreateTask, idempotencyKey: string) =>
  post<Task>(`/tasks/projects/${projectId}/tasks`, body, { idempotencyKey });
export const patchTask = (id: string, body: PatchTask, version: number) => patch<Task>(`/tasks/${id}`, body, { version });
export const moveTask = (id: string, body: Static<typeof MoveTask>, version: number) => post<Task>(`/tasks/${id}/move`, body, { version });
export const deleteTask = (id: string, version: number) => remove(`/tasks/${id}`, { version });
export const restoreTask = (id: string, version: number) => post<Task>(`/tasks/${id}/restore`, undefined, { version });
/** By id, or by human id such as ENG-12. */
export const getTask = (reference: string, signal: AbortSignal) => get<Task>(`/tasks/${reference}`, { signal });

export const setViewing = (id: string, body: Static<typeof SetViewing>) => put<Static<typeof Viewers>>(`/tasks/${id}/viewing`, body);
