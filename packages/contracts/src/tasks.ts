import { type Static, Type } from 'typebox';
import { ChangeEvent, ColumnCategory, EventType, ProjectRole } from './events.ts';
import { CalendarDate, Nullable, OneOf, Page, PageQuery, Timestamp, Uuid } from './primitives.ts';

/** Bodies are closed: an unknown member is an error, not a wish that is silently dropped. */
const Body = <T extends Parameters<typeof Type.Object>[0]>(properties: T) => Type.Object(properties, { additionalProperties: false });

export const Priority = OneOf(['none', 'low', 'medium', 'high', 'urgent']);
export type Priority = Static<typeof Priority>;

const Ids = (maxItems: number) => Type.Array(Uuid, { maxItems, uniqueItems: true });
const Version = Type.Integer({ description: 'what the ETag says and If-Match asks for' });

// Projects and columns

const ProjectKey = Type.String({
  pattern: '^[A-Z][A-Z0-9]{1,9}$',
  description: 'unique in the workspace, and part of every human id (ENG-12), so it never changes',
});
const ProjectName = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' });
const ColumnName = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
const WipLimit = Nullable(Type.Integer({ minimum: 1, maximum: 10_000, description: 'most tasks at a time' }));

export const Column = Type.Object({
  id: Uuid,
  name: Type.String(),
  category: ColumnCategory,
  wipLimit: Nullable(Type.Integer()),
  version: Version,
});
export type Column = Static<typeof Column>;

export const ProjectMember = Type.Object({ userId: Uuid, role: ProjectRole });

export const Project = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  key: Type.String(),
  name: Type.String(),
  description: Type.String({ description: 'Markdown' }),
  private: Type.Boolean({ description: 'only for its members, and owners and admins of the workspace' }),
  archived: Type.Boolean({ description: 'kept to be read; nothing in it changes' }),
  columns: Type.Array(Column),
  members: Type.Array(ProjectMember),
  actions: Type.Array(Type.String(), { description: 'what the person who asks may do in it' }),
  createdBy: Uuid,
  createdAt: Timestamp,
  updatedAt: Timestamp,
  deletedAt: Nullable(Timestamp),
  version: Version,
});
export type Project = Static<typeof Project>;

export const CreateProject = Body({
  key: ProjectKey,
  name: ProjectName,
  description: Type.Optional(Type.String({ maxLength: 20_000 })),
  private: Type.Optional(Type.Boolean()),
  workspaceId: Type.Optional(Type.String({ format: 'uuid', description: 'may be left out by people of one workspace' })),
});

export const PatchProject = Type.Partial(
  Body({
    name: ProjectName,
    description: Nullable(Type.String({ maxLength: 20_000 })),
    private: Type.Boolean(),
    archived: Type.Boolean(),
  }),
  { additionalProperties: false, minProperties: 1 },
);

export const ProjectQuery = Type.Object({
  ...PageQuery.properties,
  workspaceId: Type.Optional(Uuid),
  archived: Type.Optional(Type.Boolean({ description: 'only archived ones, or only others; all when not set' })),
  deleted: Type.Optional(Type.Boolean({ default: false, description: 'deleted ones, which can be restored' })),
});
export const ProjectPage = Page(Project);

export const CreateColumn = Body({ name: ColumnName, category: ColumnCategory, wipLimit: Type.Optional(WipLimit) });
export const PatchColumn = Type.Partial(Body({ name: ColumnName, category: ColumnCategory, wipLimit: WipLimit }), {
  additionalProperties: false,
  minProperties: 1,
});
export const OrderColumns = Body({ columnIds: Type.Array(Uuid, { minItems: 1, maxItems: 50, uniqueItems: true }) });
export const SetProjectMember = Body({ role: ProjectRole });

// Tasks

const Title = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' });
const Description = Type.String({ maxLength: 100_000, description: 'Markdown' });
const Estimate = Type.Number({ minimum: 0, maximum: 1_000_000, description: 'in the unit that the team has agreed on' });

export const Task = Type.Object({
  id: Uuid,
  humanId: Type.String({ description: 'such as ENG-12' }),
  workspaceId: Uuid,
  projectId: Uuid,
  title: Type.String(),
  description: Type.String(),
  columnId: Uuid,
  category: ColumnCategory,
  rank: Type.String({ description: 'order in the column: compare as ASCII strings' }),
  priority: Priority,
  assigneeIds: Type.Array(Uuid),
  labelIds: Type.Array(Uuid),
  startDate: Nullable(CalendarDate),
  dueDate: Nullable(CalendarDate),
  estimate: Nullable(Type.Number()),
  parentId: Nullable(Uuid),
  subtasks: Type.Object({ total: Type.Integer(), done: Type.Integer() }),
  createdBy: Uuid,
  createdAt: Timestamp,
  updatedAt: Timestamp,
  deletedAt: Nullable(Timestamp),
  version: Version,
});
export type Task = Static<typeof Task>;

const taskFields = {
  description: Description,
  columnId: Uuid,
  priority: Priority,
  assigneeIds: Ids(50),
  labelIds: Ids(100),
  startDate: Nullable(CalendarDate),
  dueDate: Nullable(CalendarDate),
  estimate: Nullable(Estimate),
  parentId: Nullable(Uuid),
};

const Force = Type.Optional(Type.Boolean({ default: false, description: 'also when the column is at its WIP limit' }));

export const CreateTask = Body({
  title: Title,
  ...Type.Partial(Type.Object(taskFields)).properties,
  force: Force,
});
export type CreateTask = Static<typeof CreateTask>;

/** JSON Merge Patch (RFC 7396): members not named stay, null empties. */
export const PatchTask = Type.Partial(
  Body({
    title: Title,
    ...taskFields,
    description: Nullable(Description),
    priority: Nullable(Priority),
    assigneeIds: Nullable(Ids(50)),
    labelIds: Nullable(Ids(100)),
  }),
  { additionalProperties: false, minProperties: 1 },
);
export type PatchTask = Static<typeof PatchTask>;

export const MoveTask = Body({
  columnId: Uuid,
  before: Type.Optional(Type.String({ format: 'uuid', description: 'task to stand before' })),
  after: Type.Optional(Type.String({ format: 'uuid', description: 'task to stand after; without either: at the end' })),
  force: Force,
});

const ID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';
export const TaskReference = Type.Object({
  id: Type.String({ pattern: `^(${ID}|[A-Z][A-Z0-9]{1,9}-[1-9][0-9]{0,8})$`, description: 'id, or human id such as ENG-12' }),
});

export const TaskQuery = Type.Object({
  ...PageQuery.properties,
  columnId: Type.Optional(Uuid),
  category: Type.Optional(ColumnCategory),
  assigneeId: Type.Optional(Uuid),
  labelId: Type.Optional(Uuid),
  priority: Type.Optional(Priority),
  parentId: Type.Optional(Uuid),
  dueBefore: Type.Optional(CalendarDate),
  dueAfter: Type.Optional(CalendarDate),
  deleted: Type.Optional(Type.Boolean({ default: false, description: 'deleted ones, which can be restored' })),
});
export const TaskPage = Page(Task);

/** A task as a board shows it. What is empty is left out. */
export const Card = Type.Object({
  id: Uuid,
  number: Type.Integer({ description: 'human id without the key of the project' }),
  title: Type.String(),
  rank: Type.String(),
  version: Version,
  priority: Type.Optional(Priority),
  assigneeIds: Type.Optional(Type.Array(Uuid)),
  labelIds: Type.Optional(Type.Array(Uuid)),
  startDate: Type.Optional(CalendarDate),
  dueDate: Type.Optional(CalendarDate),
  estimate: Type.Optional(Type.Number()),
  parentId: Type.Optional(Uuid),
  subtasks: Type.Optional(Type.Array(Type.Integer(), { minItems: 2, maxItems: 2, description: '[done, total]' })),
  comments: Type.Optional(Type.Integer()),
});
export const Board = Type.Object({
  projectId: Uuid,
  key: Type.String(),
  columns: Type.Array(Type.Object({ ...Column.properties, cards: Type.Array(Card, { description: 'in order' }) })),
});
export type Board = Static<typeof Board>;

/** The same change to many tasks, all or none. */
export const BulkTasks = Body({
  items: Type.Array(
    Body({ id: Uuid, version: Type.Optional(Type.Integer({ description: 'refuse when the task has another version by now' })) }),
    { minItems: 1, maxItems: 500 },
  ),
  patch: Type.Optional(PatchTask),
  addAssigneeIds: Type.Optional(Ids(50)),
  removeAssigneeIds: Type.Optional(Ids(50)),
  addLabelIds: Type.Optional(Ids(100)),
  removeLabelIds: Type.Optional(Ids(100)),
  delete: Type.Optional(Type.Literal(true)),
  force: Force,
});
export type BulkTasks = Static<typeof BulkTasks>;
export const BulkAnswer = Type.Object({ items: Type.Array(Task, { description: 'in the order of the request' }) });

export const Watch = Type.Object({
  watching: Type.Boolean({ description: 'whether you hear of changes' }),
  watcherIds: Type.Array(Uuid, { description: 'everyone who does, as assignee, creator or by choice' }),
});

export type Watch = Static<typeof Watch>;

/** One thing that happened to a task. */
export const Activity = Type.Object({
  id: Uuid,
  type: EventType,
  taskId: Nullable(Uuid),
  occurredAt: Timestamp,
  actor: ChangeEvent.properties.actor,
  changes: ChangeEvent.properties.changes,
  comment: ChangeEvent.properties.comment,
  data: ChangeEvent.properties.data,
});
export type Activity = Static<typeof Activity>;
export const ActivityPage = Page(Activity);

// Comments

const CommentBody = Type.String({ minLength: 1, maxLength: 50_000, pattern: '\\S', description: 'Markdown; @handle mentions' });
export const Comment = Type.Object({
  id: Uuid,
  taskId: Uuid,
  authorId: Uuid,
  body: Type.String(),
  mentionIds: Type.Array(Uuid),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  deletedAt: Nullable(Timestamp),
  version: Version,
});
export type Comment = Static<typeof Comment>;
export const CommentPage = Page(Comment);
export const CommentQuery = Type.Object({
  ...PageQuery.properties,
  deleted: Type.Optional(Type.Boolean({ default: false, description: 'deleted ones that you may restore' })),
});
export const WriteComment = Body({ body: CommentBody });
export const CommentParams = Type.Object({ id: Uuid, commentId: Uuid });

// Relations

export const RelationType = OneOf(['blocks', 'blocked_by', 'duplicates', 'duplicated_by', 'relates']);
export type RelationType = Static<typeof RelationType>;
export const Relation = Type.Object({
  id: Uuid,
  type: RelationType,
  task: Type.Object({ id: Uuid, humanId: Type.String(), title: Type.String(), category: ColumnCategory }),
  createdBy: Uuid,
  createdAt: Timestamp,
});
export type Relation = Static<typeof Relation>;
export const RelationList = Type.Object({ items: Type.Array(Relation) });
export const CreateRelation = Body({ type: RelationType, taskId: Uuid });
export const RelationParams = Type.Object({ id: Uuid, relationId: Uuid });

// Labels

const LabelName = Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' });
const Color = Type.String({ pattern: '^#[0-9a-f]{6}$', description: 'such as #2f80ed' });
export const Label = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  projectId: Nullable(Type.String({ format: 'uuid', description: 'null: for all projects of the workspace' })),
  name: Type.String(),
  color: Color,
  version: Version,
});
export type Label = Static<typeof Label>;
export const LabelPage = Page(Label);
export const LabelQuery = Type.Object({
  ...PageQuery.properties,
  workspaceId: Type.Optional(Uuid),
  projectId: Type.Optional(Type.String({ format: 'uuid', description: 'those that tasks of this project can have' })),
});
export const CreateLabel = Body({
  name: LabelName,
  color: Color,
  projectId: Type.Optional(Uuid),
  workspaceId: Type.Optional(Type.String({ format: 'uuid', description: 'may be left out by people of one workspace' })),
});
export const PatchLabel = Type.Partial(Body({ name: LabelName, color: Color }), { additionalProperties: false, minProperties: 1 });

// Attachments

export const Attachment = Type.Object({
  id: Uuid,
  taskId: Uuid,
  name: Type.String(),
  contentType: Type.String({ description: 'as its uploader declared it' }),
  size: Type.Integer({ description: 'bytes' }),
  sha256: Type.String(),
  createdBy: Uuid,
  createdAt: Timestamp,
});
export type Attachment = Static<typeof Attachment>;
export const AttachmentList = Type.Object({ items: Type.Array(Attachment) });
export const AttachmentParams = Type.Object({ id: Uuid, attachmentId: Uuid });
export const ColumnParams = Type.Object({ id: Uuid, columnId: Uuid });
export const MemberParams = Type.Object({ id: Uuid, userId: Uuid });
