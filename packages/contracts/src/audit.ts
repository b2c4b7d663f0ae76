import { type Static, Type } from 'typebox';
import { Nullable, OneOf, Page, PageQuery, Timestamp, Uuid } from './primitives.ts';

const closed = { additionalProperties: false };
/** Printable, so that PostgreSQL's text takes it (no NUL) and a log line stays one line. */
const PRINTABLE = '^[^\\u0000-\\u001f\\u007f]*$';

/** One spelling only, since the leaf is made of it. */
const Id = Type.String({ ...Uuid, pattern: '^[0-9a-f-]{36}$' });
/** Milliseconds, so that every reader has the same instant. */
const Instant = Type.String({ ...Timestamp, pattern: '^[12]\\d{3}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d(\\.\\d{1,3})?Z$' });

export const AuditOutcome = OneOf(['success', 'failure']);
export const AuditAction = Type.String({
  maxLength: 100,
  pattern: '^[a-z0-9._-]+$',
  description: 'such as session.created or member.role-changed',
});

/** One security-relevant act, as auth hands it to the audit log. Its canonical form (RFC 8785) may have at most 65,535 bytes. */
export const AuditRecord = Type.Object(
  {
    id: Id,
    at: Instant,
    action: AuditAction,
    outcome: AuditOutcome,
    actorId: Nullable(Id),
    subject: Nullable(Type.String({ maxLength: 200, pattern: PRINTABLE, description: 'what was acted on: kind:id' })),
    workspaceId: Nullable(Id),
    address: Nullable(Type.String({ maxLength: 64, pattern: PRINTABLE })),
    requestId: Nullable(Type.String({ maxLength: 64, pattern: PRINTABLE })),
    details: Type.Record(
      Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' }),
      Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Boolean(), Type.Null()]),
      { ...closed, maxProperties: 32 },
    ),
  },
  closed,
);
export type AuditRecord = Static<typeof AuditRecord>;

/** `POST /records` of the audit sidecar: appended in this order, durable before the answer, idempotent by record id. */
export const AppendRequest = Type.Object({ records: Type.Array(AuditRecord, { minItems: 1, maxItems: 256 }) }, closed);
export const AppendAnswer = Type.Object({
  treeSize: Type.Integer({ description: 'size of a signed tree that holds all of them' }),
  indexes: Type.Array(Type.Integer(), { description: 'leaf index of each record, in the order given' }),
});
export type AppendAnswer = Static<typeof AppendAnswer>;

const Hash = Type.String({ description: 'SHA-256, base64' });
const SignedCheckpoint = Type.String({ description: 'C2SP tlog-checkpoint: origin, tree size, root hash, Ed25519 signature' });
const TreeSize = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** A record with its place in the log. */
export const LoggedRecord = Type.Object({ leafIndex: Type.Integer(), leafHash: Hash, record: AuditRecord });
export type LoggedRecord = Static<typeof LoggedRecord>;

/** `GET /records`: newest first. `from` is inclusive, `to` exclusive; both go by the record's own time. */
export const RecordQuery = Type.Object({
  ...PageQuery.properties,
  actorId: Type.Optional(Id),
  action: Type.Optional(AuditAction),
  workspaceId: Type.Optional(Id),
  outcome: Type.Optional(AuditOutcome),
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
});
export type RecordQuery = Static<typeof RecordQuery>;
export const RecordPage = Page(LoggedRecord);
export type RecordPage = Static<typeof RecordPage>;

/**
 * `GET /records/:id/proof?treeSize=`: that the record is in the tree of a signed checkpoint (RFC 6962, 2.1.1); in the
 * newest, unless treeSize names an earlier one. To check it: hash `entry`, climb with `hashes` to the root in `checkpoint`,
 * and verify the checkpoint's signature.
 */
export const ProofQuery = Type.Object({ treeSize: Type.Optional(TreeSize) });
export const InclusionProof = Type.Object({
  leafIndex: Type.Integer(),
  leafHash: Hash,
  entry: Type.String({ description: 'the leaf: the record as canonical JSON (RFC 8785), UTF-8' }),
  treeSize: Type.Integer(),
  hashes: Type.Array(Hash),
  checkpoint: SignedCheckpoint,
});
export type InclusionProof = Static<typeof InclusionProof>;

/**
 * `GET /consistency?from=&to=`: that the tree of size `from` is the beginning of the tree of size `to` (RFC 6962, 2.1.2).
 * The checkpoint is that of `to`, or null where no tree of that size was signed.
 */
export const ConsistencyQuery = Type.Object({ from: TreeSize, to: Type.Optional(TreeSize) });
export const ConsistencyProof = Type.Object({
  from: Type.Integer(),
  to: Type.Integer({ description: 'the newest signed tree, when the query did not say' }),
  hashes: Type.Array(Hash),
  checkpoint: Nullable(SignedCheckpoint),
});
export type ConsistencyProof = Static<typeof ConsistencyProof>;

/**
 * `GET /checkpoint`: the newest SignedCheckpoint, as text/plain; as a JSON string for `Accept: application/json`.
 * `GET /keys`: what checkpoints are signed with, as verifier keys of C2SP signed-note (`name+id+base64`); two during a rotation.
 */
export const VerifierKeys = Type.Object({ origin: Type.String(), keys: Type.Array(Type.String()) });
export type VerifierKeys = Static<typeof VerifierKeys>;
