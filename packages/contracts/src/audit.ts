import { type Static, Type } from 'typebox';
import { Nullable, Timestamp, Uuid } from './primitives.ts';

/** One security-relevant act, as auth hands it to the audit log. */
export const AuditRecord = Type.Object({
  id: Uuid,
  at: Timestamp,
  action: Type.String({ maxLength: 100, description: 'such as session.created or member.role-changed' }),
  outcome: Type.Enum(['success', 'failure']),
  actorId: Nullable(Uuid),
  subject: Nullable(Type.String({ maxLength: 200, description: 'what was acted on: kind:id' })),
  workspaceId: Nullable(Uuid),
  address: Nullable(Type.String({ maxLength: 64 })),
  requestId: Nullable(Type.String({ maxLength: 64 })),
  details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
});
export type AuditRecord = Static<typeof AuditRecord>;

/** `POST /records` of the audit sidecar: appended in this order, durable before the answer, idempotent by record id. */
export const AppendRequest = Type.Object({ records: Type.Array(AuditRecord, { minItems: 1, maxItems: 256 }) });
export const AppendAnswer = Type.Object({
  treeSize: Type.Integer({ description: 'size of the tree that holds all of them' }),
  indexes: Type.Array(Type.Integer(), { description: 'leaf index of each record, in the order given' }),
});
