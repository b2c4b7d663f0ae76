import type { SetViewing, Viewers } from '@taskflow/contracts/feed';
import type { Recurrence } from '@taskflow/contracts/recurrence';
import type {
  Activity,
  Attachment,
  Board,
  Comment,
  CreateTask,
  Label,
  MoveTask,
  PatchTask,
  Project,
  Relation,
  RelationType,
  Task,
  Watch,
} from '@taskflow/contracts/tasks';
import type { Static } from 'typebox';
import { get, getAll, patch, post, put, remove } from './client.ts';

export const listProjects = (signal: AbortSignal) => getAll<Project>('/tasks/projects', { signal });
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
/** By id, or by human id such as ENG-12, which two workspaces may both have. */
export const getTask = (reference: string, workspaceId: string | undefined, signal: AbortSignal) =>
  get<Task>(`/tasks/${reference}`, { query: { workspaceId }, signal });

export const setViewing = (id: string, body: Static<typeof SetViewing>) => put<Static<typeof Viewers>>(`/tasks/${id}/viewing`, body);

export const listActivity = (id: string, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: Activity[]; nextCursor: string | null }>(`/tasks/${id}/activity`, { query: { cursor }, signal });

export const listComments = (id: string, signal: AbortSignal) => getAll<Comment>(`/tasks/${id}/comments`, { signal });
export const createComment = (id: string, body: string, idempotencyKey: string) =>
  post<Comment>(`/tasks/${id}/comments`, { body }, { idempotencyKey });
export const patchComment = ({ id, taskId, version }: Comment, body: string) =>
  patch<Comment>(`/tasks/${taskId}/comments/${id}`, { body }, { version });
export const deleteComment = ({ id, taskId, version }: Comment) => remove(`/tasks/${taskId}/comments/${id}`, { version });
export const restoreComment = ({ id, taskId, version }: Comment) =>
  post<Comment>(`/tasks/${taskId}/comments/${id}/restore`, undefined, { version });

export const listRelations = (id: string, signal: AbortSignal) => get<{ items: Relation[] }>(`/tasks/${id}/relations`, { signal });
export const createRelation = (id: string, type: RelationType, taskId: string) =>
  post<Relation>(`/tasks/${id}/relations`, { type, taskId });
export const deleteRelation = (id: string, relationId: string) => remove(`/tasks/${id}/relations/${relationId}`);

export const listAttachments = (id: string, signal: AbortSignal) => get<{ items: Attachment[] }>(`/tasks/${id}/attachments`, { signal });
export const createAttachment = (id: string, file: File) =>
  post<Attachment>(`/tasks/${id}/attachments`, file, { query: { name: file.name } });
export const deleteAttachment = (id: string, attachmentId: string) => remove(`/tasks/${id}/attachments/${attachmentId}`);
export const attachmentPath = ({ id, taskId }: Attachment): string => `/api/tasks/${taskId}/attachments/${id}`;

export const getWatch = (id: string, signal: AbortSignal) => get<Watch>(`/tasks/${id}/watch`, { signal });
export const setWatch = (id: string, watching: boolean) =>
  watching ? put<Watch>(`/tasks/${id}/watch`) : remove<Watch>(`/tasks/${id}/watch`);

export const getRecurrence = (id: string, signal: AbortSignal) => get<Recurrence | undefined>(`/tasks/${id}/recurrence`, { signal });
export const setRecurrence = (id: string, version: number, body: { rule: string; timeZone: string }) =>
  put<Recurrence>(`/tasks/${id}/recurrence`, body, { version });
export const deleteRecurrence = (id: string, version: number) => remove(`/tasks/${id}/recurrence`, { version });

export const createLabel = (body: { name: string; color: string; projectId: string }) => post<Label>('/tasks/labels', body);
export const searchTasks = (q: string, timeZone: string, limit: number, signal: AbortSignal, cursor?: string) =>
  get<{ items: Task[]; nextCursor: string | null }>('/tasks/search', { query: { q, timeZone, limit, cursor }, signal });
