import { type Static, Type } from 'typebox';
import { ColumnCategory, ProjectRole } from './events.ts';
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
