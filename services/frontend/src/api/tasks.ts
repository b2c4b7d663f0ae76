import type { Board, Label, Project } from '@taskflow/contracts/tasks';
import { get, getAll, post } from './client.ts';

export const listProjects = (signal: AbortSignal) => getAll<Project>('/tasks/projects', { query: { archived: false }, signal });
export const createProject = (body: { key: string; name: string; workspaceId: string; private?: boolean }) =>
  post<Project>('/tasks/projects', body);
export const getBoard = (projectId: string, signal: AbortSignal) => get<Board>(`/tasks/projects/${projectId}/board`, { signal });
export const listLabels = (projectId: string, signal: AbortSignal) => getAll<Label>('/tasks/labels', { query: { projectId }, signal });
