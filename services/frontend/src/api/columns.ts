import type { Column, Project } from '@taskflow/contracts/tasks';
import { patch, post, put, remove } from './client.ts';

type ColumnFields = Pick<Column, 'name' | 'category' | 'wipLimit'>;

export const createColumn = (projectId: string, body: Omit<ColumnFields, 'wipLimit'>) =>
  post<Column>(`/tasks/projects/${projectId}/columns`, body);
export const patchColumn = (projectId: string, { id, version }: Column, body: Partial<ColumnFields>) =>
  patch<Column>(`/tasks/projects/${projectId}/columns/${id}`, body, { version });
/** @param moveTo the column that takes its tasks */
export const deleteColumn = (projectId: string, { id, version }: Column, moveTo: string | undefined) =>
  remove(`/tasks/projects/${projectId}/columns/${id}`, { version, query: { moveTo } });
export const orderColumns = ({ id, version }: Project, columnIds: string[]) =>
  put<Project>(`/tasks/projects/${id}/columns`, { columnIds }, { version });
