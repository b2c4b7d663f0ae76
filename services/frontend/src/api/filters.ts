import type { SavedFilter } from '@taskflow/contracts/search';
import { getAll, patch, post, remove } from './client.ts';

export const listFilters = (signal: AbortSignal) => getAll<SavedFilter>('/tasks/filters', { signal });
export const createFilter = (body: { name: string; query: string; projectId?: string }) => post<SavedFilter>('/tasks/filters', body);
export const patchFilter = ({ id, version }: SavedFilter, body: { name?: string; query?: string }) =>
  patch<SavedFilter>(`/tasks/filters/${id}`, body, { version });
export const deleteFilter = ({ id, version }: SavedFilter) => remove(`/tasks/filters/${id}`, { version });
