import { randomUUID } from 'node:crypto';
import type { Attachment, Comment, Label, Relation } from '@taskflow/contracts/tasks';
import { ifMatch, type Person } from './harness.ts';

/** One of everything, in an open or a private project. */
export async function makeWorld(maker: Person, isPrivate = false) {
  const project = await maker.project({ private: isPrivate });
  const task = await maker.task(project.id);
  const other = await maker.task(project.id);
  const deleted = await maker.task(project.id);
  await maker.call('DELETE', `/tasks/${deleted.id}`, undefined, ifMatch(deleted));
  const made = async <T>(path: string, body: unknown) => (await maker.call<T>('POST', path, body)).body;
  const comment = await made<Comment>(`/tasks/${task.id}/comments`, { body: 'Tight enough?' });
  const gone = await made<Comment>(`/tasks/${task.id}/comments`, { body: 'Never mind' });
  await maker.call('DELETE', `/tasks/${task.id}/comments/${gone.id}`, undefined, ifMatch(gone));
  const relation = await made<Relation>(`/tasks/${task.id}/relations`, { type: 'blocks', taskId: other.id });
  const label = await made<Label>('/tasks/labels', { name: `urgent ${project.key}`, color: '#ff0000', projectId: project.id });
  const attachment = await made<Attachment>(`/tasks/${task.id}/attachments?name=plan.json`, { valves: 4 });
  return { stranger: randomUUID(), project, task, other, deleted, comment, gone, relation, label, attachment };
}
export type World = Awaited<ReturnType<typeof makeWorld>>;

export interface Operation {
  method: string;
  /** with the ids of a world in place of the parameters */
  path(world: World): string;
  body?(world: World): unknown;
  /** what has to be seen by whoever writes */
  version?(world: World): { version: number };
}

/** Every route below a project or a task → a call that would succeed for a lead, whose ids are those of the world. */
export const OPERATIONS: Record<string, Operation> = {
  'GET /tasks/projects/:id': { method: 'GET', path: (w) => `/tasks/projects/${w.project.id}` },
  'PATCH /tasks/projects/:id': {
    method: 'PATCH',
    path: (w) => `/tasks/projects/${w.project.id}`,
    body: () => ({ name: 'New' }),
    version: (w) => w.project,
  },
  'DELETE /tasks/projects/:id': { method: 'DELETE', path: (w) => `/tasks/projects/${w.project.id}`, version: (w) => w.project },
  'POST /tasks/projects/:id/restore': { method: 'POST', path: (w) => `/tasks/projects/${w.project.id}/restore`, version: (w) => w.project },
  'PUT /tasks/projects/:id/members/:userId': {
    method: 'PUT',
    path: (w) => `/tasks/projects/${w.project.id}/members/${w.project.createdBy}`,
    body: () => ({ role: 'lead' }),
    version: (w) => w.project,
  },
  'DELETE /tasks/projects/:id/members/:userId': {
    method: 'DELETE',
    path: (w) => `/tasks/projects/${w.project.id}/members/${w.stranger}`,
    version: (w) => w.project,
  },
  'POST /tasks/projects/:id/columns': {
    method: 'POST',
    path: (w) => `/tasks/projects/${w.project.id}/columns`,
    body: () => ({ name: 'Review', category: 'active' }),
  },
  'PUT /tasks/projects/:id/columns': {
    method: 'PUT',
    path: (w) => `/tasks/projects/${w.project.id}/columns`,
    body: (w) => ({ columnIds: w.project.columns.map(({ id }) => id) }),
    version: (w) => w.project,
  },
  'PATCH /tasks/projects/:id/columns/:columnId': {
    method: 'PATCH',
    path: (w) => `/tasks/projects/${w.project.id}/columns/${w.project.columns[0]!.id}`,
    body: () => ({ name: 'Next' }),
    version: (w) => w.project.columns[0]!,
  },
  'DELETE /tasks/projects/:id/columns/:columnId': {
    method: 'DELETE',
    path: (w) => `/tasks/projects/${w.project.id}/columns/${w.project.columns[1]!.id}`,
    version: (w) => w.project.columns[1]!,
  },
  'POST /tasks/projects/:id/tasks': {
    method: 'POST',
    path: (w) => `/tasks/projects/${w.project.id}/tasks`,
    body: () => ({ title: 'One more' }),
  },
  'GET /tasks/projects/:id/tasks': { method: 'GET', path: (w) => `/tasks/projects/${w.project.id}/tasks` },
  'GET /tasks/projects/:id/board': { method: 'GET', path: (w) => `/tasks/projects/${w.project.id}/board` },
  'GET /tasks/projects/:id/activity': { method: 'GET', path: (w) => `/tasks/projects/${w.project.id}/activity` },
  'GET /tasks/:id': { method: 'GET', path: (w) => `/tasks/${w.task.id}` },
  'PATCH /tasks/:id': { method: 'PATCH', path: (w) => `/tasks/${w.task.id}`, body: () => ({ title: 'Other' }), version: (w) => w.task },
  'POST /tasks/:id/move': {
    method: 'POST',
    path: (w) => `/tasks/${w.task.id}/move`,
    body: (w) => ({ columnId: w.task.columnId }),
    version: (w) => w.task,
  },
  'DELETE /tasks/:id': { method: 'DELETE', path: (w) => `/tasks/${w.task.id}`, version: (w) => w.task },
  'POST /tasks/:id/restore': { method: 'POST', path: (w) => `/tasks/${w.deleted.id}/restore`, version: () => ({ version: 2 }) },
  'POST /tasks/bulk': {
    method: 'POST',
    path: () => '/tasks/bulk',
    body: (w) => ({ items: [{ id: w.task.id }], patch: { title: 'Other' } }),
  },
  'GET /tasks/:id/watch': { method: 'GET', path: (w) => `/tasks/${w.task.id}/watch` },
  'PUT /tasks/:id/watch': { method: 'PUT', path: (w) => `/tasks/${w.task.id}/watch` },
  'PUT /tasks/:id/viewing': {
    method: 'PUT',
    path: (w) => `/tasks/${w.task.id}/viewing`,
    body: () => ({ client: randomUUID(), viewing: true }),
  },
  'DELETE /tasks/:id/watch': { method: 'DELETE', path: (w) => `/tasks/${w.task.id}/watch` },
  'GET /tasks/:id/activity': { method: 'GET', path: (w) => `/tasks/${w.task.id}/activity` },
  'GET /tasks/:id/comments': { method: 'GET', path: (w) => `/tasks/${w.task.id}/comments` },
  'POST /tasks/:id/comments': { method: 'POST', path: (w) => `/tasks/${w.task.id}/comments`, body: () => ({ body: 'Yes' }) },
  'PATCH /tasks/:id/comments/:commentId': {
    method: 'PATCH',
    path: (w) => `/tasks/${w.task.id}/comments/${w.comment.id}`,
    body: () => ({ body: 'No' }),
    version: (w) => w.comment,
  },
  'DELETE /tasks/:id/comments/:commentId': {
    method: 'DELETE',
    path: (w) => `/tasks/${w.task.id}/comments/${w.comment.id}`,
    version: (w) => w.comment,
  },
  'POST /tasks/:id/comments/:commentId/restore': {
    method: 'POST',
    path: (w) => `/tasks/${w.task.id}/comments/${w.gone.id}/restore`,
    version: () => ({ version: 2 }),
  },
  'GET /tasks/:id/relations': { method: 'GET', path: (w) => `/tasks/${w.task.id}/relations` },
  'POST /tasks/:id/relations': {
    method: 'POST',
    path: (w) => `/tasks/${w.task.id}/relations`,
    body: (w) => ({ type: 'relates', taskId: w.other.id }),
  },
  'DELETE /tasks/:id/relations/:relationId': { method: 'DELETE', path: (w) => `/tasks/${w.task.id}/relations/${w.relation.id}` },
  'PATCH /tasks/labels/:id': {
    method: 'PATCH',
    path: (w) => `/tasks/labels/${w.label.id}`,
    body: () => ({ color: '#00ff00' }),
    version: (w) => w.label,
  },
  'DELETE /tasks/labels/:id': { method: 'DELETE', path: (w) => `/tasks/labels/${w.label.id}`, version: (w) => w.label },
  'POST /tasks/labels': {
    method: 'POST',
    path: () => '/tasks/labels',
    body: (w) => ({ name: randomUUID(), color: '#00ff00', projectId: w.project.id }),
  },
  'POST /tasks/:id/attachments': { method: 'POST', path: (w) => `/tasks/${w.task.id}/attachments?name=x.json`, body: () => ({ a: 1 }) },
  'GET /tasks/:id/attachments': { method: 'GET', path: (w) => `/tasks/${w.task.id}/attachments` },
  'GET /tasks/:id/attachments/:attachmentId': { method: 'GET', path: (w) => `/tasks/${w.task.id}/attachments/${w.attachment.id}` },
  'DELETE /tasks/:id/attachments/:attachmentId': { method: 'DELETE', path: (w) => `/tasks/${w.task.id}/attachments/${w.attachment.id}` },
};

export const perform = (who: Person, { method, path, body, version }: Operation, world: World) =>
  who.call(method, path(world), body?.(world), version ? ifMatch(version(world)) : {});
