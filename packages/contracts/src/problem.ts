import { type Static, Type } from 'typebox';
import { OneOf } from './primitives.ts';

/**
 * What can be wrong with one value that was sent, for programs that say it in their own words, and the params that come
 * with it. Codes are added, never changed: say `detail` for one that is not known.
 */
export const FIELD_ERRORS = {
  /** the member is needed, and not there */
  missing: [],
  /** there is no such member */
  unknown: [],
  /** `expected`: string, integer, number, boolean, object, array or null, or more than one, separated by commas */
  wrong_type: ['expected'],
  /** `allowed`: the values that it can have */
  not_allowed: ['allowed'],
  /** a text without anything to see */
  blank: [],
  /** characters */
  too_short: ['min'],
  too_long: ['max'],
  /** `format`: email, date (2026-12-31), date-time (RFC 3339), uuid, uri, time-zone (Europe/Zurich) … */
  wrong_format: ['format'],
  /** `pattern`: a regular expression of JSON Schema */
  wrong_pattern: ['pattern'],
  too_small: ['min'],
  too_large: ['max'],
  /** of a list or an object */
  too_few: ['min'],
  too_many: ['max'],
  not_unique: [],
  password_personal: [],
  password_repetitive: [],
  password_common: [],
  url_not_https: [],
  url_with_credentials: [],
  url_with_fragment: [],
  /** an address that webhooks may not reach */
  url_not_reachable: [],
  /** of a search query, as all below; `column` counts from 1 in UTF-16 code units */
  query_too_complex: ['column'],
  query_parenthesis: ['column'],
  query_quotation_mark: ['column'],
  query_term_expected: ['column'],
  query_field_unknown: ['column', 'field', 'known'],
  query_value_missing: ['column', 'expected'],
  query_value_wrong: ['column', 'field', 'value', 'expected'],
  query_comparison: ['column', 'field', 'operator'],
  /** the character U+0000, which no text here can have: PostgreSQL stores none */
  nul_character: [],
  /** anything else */
  invalid: [],
} as const;
export type FieldErrorCode = keyof typeof FIELD_ERRORS;

export const FieldError = Type.Object({
  pointer: Type.String({
    description: 'JSON Pointer, RFC 6901, whose first part is body, querystring, params or headers; of what is missing, where it belongs',
  }),
  code: OneOf(Object.keys(FIELD_ERRORS) as FieldErrorCode[], { description: 'stable, machine-readable; further ones may come' }),
  params: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Array(Type.String())]), {
      description: 'what the code speaks of, such as min with too_short',
    }),
  ),
  detail: Type.String({ description: 'for people, in English' }),
});
export type FieldError = Static<typeof FieldError>;

/** Problem document, RFC 9457. `code` is stable and meant for programs; `detail` is for people. */
export const ProblemDocument = Type.Object(
  {
    type: Type.String({ description: 'about:blank, or a URI that identifies the kind of problem' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'stable, machine-readable' }),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    requestId: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(FieldError)),
    current: Type.Optional(Type.Unknown({ description: 'with 412: the current representation' })),
  },
  { additionalProperties: true },
);
export type ProblemDocument = Static<typeof ProblemDocument>;
