import { type Static, type TSchema, Type } from 'typebox';

/** Without the prefix "urn:uuid:", which the format allows and PostgreSQL does not take. */
export const Uuid = Type.String({ format: 'uuid', pattern: '^[0-9A-Fa-f-]{36}$', description: 'UUIDv7 (RFC 9562)' });
export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' });
export const CalendarDate = Type.String({ format: 'date', description: 'RFC 3339 full-date' });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** A closed set of strings, validated and documented as a JSON Schema enum. */
export const OneOf = <const T extends string[]>(values: [...T], options?: { description?: string; default?: T[number] }) =>
  Type.Enum(values, options);

/** Query parameters of every list: an opaque cursor and the page size. */
export const PageQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 512, description: 'nextCursor of the previous page' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
});
export type PageQuery = Static<typeof PageQuery>;

/** A page of a list; nextCursor is null on the last one. */
export const Page = <T extends TSchema>(item: T) => Type.Object({ items: Type.Array(item), nextCursor: Nullable(Type.String()) });

export const IdParams = Type.Object({ id: Uuid });
