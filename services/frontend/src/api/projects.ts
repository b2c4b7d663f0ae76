import type { ImportReport, ImportRequest } from '@taskflow/contracts/import';
import type { Label, PatchProject, Project } from '@taskflow/contracts/tasks';
import type { Static } from 'typebox';
import { getAll, patch, post, remove } from './client.ts';

export const patchProject = ({ id, version }: Project, body: Static<typeof PatchProject>) =>
  patch<Project>(`/tasks/projects/${id}`, body, { version });
export const deleteProject = ({ id, version }: Project) => remove(`/tasks/projects/${id}`, { version });
export const restoreProject = ({ id, version }: Project) => post<Project>(`/tasks/projects/${id}/restore`, undefined, { version });
export const listDeletedProjects = (workspaceId: string, signal: AbortSignal) =>
  getAll<Project>('/tasks/projects', { query: { workspaceId, deleted: true }, signal });
export const exportPath = ({ id }: Project, format: 'json' | 'csv'): string => `/api/tasks/projects/${id}/export.${format}`;

export const importProject = (body: ImportRequest) => post<ImportReport>('/tasks/imports', body);

export const patchLabel = ({ id, version }: Label, body: { name?: string; color?: string }) =>
  patch<Label>(`/tasks/labels/${id}`, body, { version });
export const deleteLabel = ({ id, version }: Label) => remove(`/tasks/labels/${id}`, { version });
