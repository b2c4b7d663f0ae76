import { type Static, Type } from 'typebox';

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
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String({ description: 'JSON Pointer, RFC 6901' }), detail: Type.String() })),
    ),
    current: Type.Optional(Type.Unknown({ description: 'with 412: the current representation' })),
  },
  { additionalProperties: true },
);
export type ProblemDocument = Static<typeof ProblemDocument>;
