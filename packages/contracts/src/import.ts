import { type Static, Type } from 'typebox';
import { ColumnCategory } from './events.ts';
import { Nullable, OneOf, Uuid } from './primitives.ts';

export const ImportFormat = OneOf(['trello', 'todoist', 'csv', 'vikunja', 'taskflow']);
export type ImportFormat = Static<typeof ImportFormat>;

/** What a column of a CSV file can be. */
export const CsvField = OneOf(['title', 'description', 'column', 'priority', 'labels', 'assignees', 'startDate', 'dueDate', 'estimate']);
export type CsvField = Static<typeof CsvField>;

/** Most that one import takes. */
export const IMPORT_LIMITS = { bytes: 30_000_000, tasks: 10_000, columns: 50, labels: 500, comments: 20_000, depth: 10 };

const NewProject = Type.Object(
  {
    key: Type.String({ pattern: '^[A-Z][A-Z0-9]{1,9}$' }),
    name: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
    workspaceId: Type.Optional(Type.String({ format: 'uuid' })),
    private: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

export const ImportRequest = Type.Object(
  {
    format: ImportFormat,
    content: Type.String({ maxLength: IMPORT_LIMITS.bytes, description: 'text of the exported file' }),
    projectId: Type.Optional(Type.String({ format: 'uuid', description: 'import into this project, which you manage' })),
    project: Type.Optional(NewProject),
    mapping: Type.Optional(
      Type.Record(Type.String({ maxLength: 200 }), CsvField, {
        maxProperties: 100,
        description: 'csv: name of a column of the file → field; by their names when not given',
      }),
    ),
    preview: Type.Optional(Type.Boolean({ default: false, description: 'say what would be made, and make nothing' })),
  },
  { additionalProperties: false },
);
export type ImportRequest = Static<typeof ImportRequest>;

export const ImportReport = Type.Object({
  projectId: Nullable(Uuid),
  preview: Type.Boolean(),
  columns: Type.Array(Type.Object({ name: Type.String(), category: ColumnCategory, isNew: Type.Boolean(), tasks: Type.Integer() })),
  labels: Type.Array(Type.Object({ name: Type.String(), isNew: Type.Boolean() })),
  tasks: Type.Integer(),
  comments: Type.Integer(),
  examples: Type.Array(Type.String(), { description: 'titles of the first tasks' }),
  unknownPeople: Type.Array(Type.String(), { description: 'nobody here has this handle or name, so they were not assigned' }),
  notTakenOver: Type.Array(Type.Object({ what: Type.String(), count: Type.Integer(), example: Type.String() })),
});
export type ImportReport = Static<typeof ImportReport>;
