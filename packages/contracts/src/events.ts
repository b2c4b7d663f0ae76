import { type Static, Type } from 'typebox';
import { Nullable, OneOf, Timestamp, Uuid } from './primitives.ts';

export const EventType = OneOf([
  'project.created',
  'project.updated',
  'project.deleted',
  'project.restored',
  'column.created',
  'column.updated',
  'column.deleted',
  'task.created',
  'task.updated',
  'task.moved',
  'task.deleted',
  'task.restored',
  'comment.created',
  'comment.updated',
  'comment.deleted',
  'label.created',
  'label.updated',
  'label.deleted',
  'relation.created',
  'relation.deleted',
  'attachment.created',
  'attachment.deleted',
]);
export type EventType = Static<typeof EventType>;

/** What a column means to the flow of work; analytics start the clock at `active` and stop it at `done`. */
export const ColumnCategory = OneOf(['todo', 'active', 'done']);
export type ColumnCategory = Static<typeof ColumnCategory>;

export const ProjectRole = OneOf(['lead', 'editor', 'viewer']);
export type ProjectRole = Static<typeof ProjectRole>;

/** A project as its readers need it: who may see it, and what its columns mean. Carried by project.* and column.* events. */
export const ProjectSnapshot = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  key: Type.String(),
  name: Type.String(),
  private: Type.Boolean({ description: 'only its members, and owners and admins of the workspace, may see it' }),
  members: Type.Array(Type.Object({ userId: Uuid, role: ProjectRole })),
  columns: Type.Array(Type.Object({ id: Uuid, name: Type.String(), category: ColumnCategory })),
  deleted: Type.Boolean(),
});
export type ProjectSnapshot = Static<typeof ProjectSnapshot>;

/** A task as its readers need it, after the change. Carried by task.*, comment.*, relation.* and attachment.* events. */
export const TaskSnapshot = Type.Object({
  id: Uuid,
  humanId: Type.String({ description: 'such as ENG-12' }),
  title: Type.String(),
  columnId: Uuid,
  category: ColumnCategory,
  priority: Type.String(),
  assigneeIds: Type.Array(Uuid),
  labelIds: Type.Array(Uuid),
  parentId: Nullable(Uuid),
  startDate: Type.Optional(Nullable(Type.String({ description: 'events of before it was added have none' }))),
  dueDate: Nullable(Type.String()),
  estimate: Nullable(Type.Number()),
  createdAt: Timestamp,
  version: Type.Integer(),
  deleted: Type.Boolean(),
});
export type TaskSnapshot = Static<typeof TaskSnapshot>;

export const NotifyReason = OneOf(['assigned', 'mentioned', 'commented', 'watching', 'due']);
export type NotifyReason = Static<typeof NotifyReason>;

/**
 * One change in tasks. Written in the transaction of the change, delivered at least once and in order per project;
 * receivers are idempotent by `id`.
 */
export const ChangeEvent = Type.Object({
  id: Uuid,
  cursor: Type.String({ description: 'position in the feed; opaque, grows' }),
  type: EventType,
  occurredAt: Timestamp,
  workspaceId: Uuid,
  projectId: Nullable(Uuid),
  taskId: Nullable(Uuid),
  actor: Type.Object({ userId: Nullable(Uuid), name: Type.String() }),
  traceId: Type.Optional(Type.String()),
  changes: Type.Array(Type.Object({ field: Type.String(), from: Type.Unknown(), to: Type.Unknown() })),
  project: Type.Optional(ProjectSnapshot),
  task: Type.Optional(TaskSnapshot),
  comment: Type.Optional(Type.Object({ id: Uuid, excerpt: Type.String() })),
  data: Type.Optional(Type.Unknown({ description: 'what only this type carries: a label, a relation, an attachment, a column' })),
  notify: Type.Array(Type.Object({ userId: Uuid, reason: NotifyReason }), {
    description: 'who should hear of it, the actor excluded; only people who may see the task',
  }),
});
export type ChangeEvent = Static<typeof ChangeEvent>;

/** Service-to-service: `POST /internal/events` of notifications and metrics; 204 when all are durable. */
export const EventBatch = Type.Object({
  events: Type.Array(ChangeEvent, { minItems: 1, maxItems: 500 }),
  people: Type.Record(Type.String(), Type.Object({ name: Type.String(), handle: Type.String(), email: Type.String() }), {
    description: 'user id → who that is, for everyone in notify',
  }),
});
export type EventBatch = Static<typeof EventBatch>;
