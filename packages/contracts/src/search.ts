import { type Static, Type } from 'typebox';
import { Nullable, Page, PageQuery, Uuid } from './primitives.ts';
import { ProblemDocument } from './problem.ts';
import { Task } from './tasks.ts';

/** Longest query, in UTF-16 code units. */
export const MAX_QUERY = 500;

const QueryText = Type.String({
  maxLength: MAX_QUERY,
  description:
    'words, "phrases", -exclusions, OR, ( ), and fields: assignee, author (me, @handle, none, any), label, is (open, done, overdue, ' +
    'blocked, blocking, subtask, recurring), project, column, priority, estimate, parent, due, start, created, updated. ' +
    'Dates: 2026-01-31, today, tomorrow, yesterday, 7d, -2w, 1m, 1y. Example: assignee:me due<7d -label:bug (login OR "sign in")',
});
export const TimeZone = Type.String({ maxLength: 64, description: 'IANA time zone, such as Europe/Zurich' });

export const SearchQuery = Type.Object({
  ...PageQuery.properties,
  q: QueryText,
  timeZone: Type.Optional({ ...TimeZone, default: 'UTC', description: 'decides what today is' }),
});
export const SearchPage = Page(Task);

/** 400: the query cannot be understood. */
export const QueryProblem = Type.Intersect([
  ProblemDocument,
  Type.Object({
    column: Type.Optional(Type.Integer({ description: 'where in the query, from 1' })),
    expected: Type.Optional(Type.Array(Type.String(), { description: 'what could stand there' })),
  }),
]);

const FilterName = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
export const SavedFilter = Type.Object({
  id: Uuid,
  name: Type.String(),
  query: Type.String(),
  ownerId: Uuid,
  projectId: Nullable(Uuid),
  version: Type.Integer(),
});
export type SavedFilter = Static<typeof SavedFilter>;
export const CreateFilter = Type.Object(
  {
    name: FilterName,
    query: QueryText,
    projectId: Type.Optional(Type.String({ format: 'uuid', description: 'shared with everyone who may see the project' })),
  },
  { additionalProperties: false },
);
export const PatchFilter = Type.Partial(Type.Object({ name: FilterName, query: QueryText }), {
  additionalProperties: false,
  minProperties: 1,
});
export const FilterQuery = Type.Object({ ...PageQuery.properties, projectId: Type.Optional(Type.String({ format: 'uuid' })) });
export const FilterPage = Page(SavedFilter);
