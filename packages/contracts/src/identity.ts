import { type Static, Type } from 'typebox';
import { OneOf, Uuid } from './primitives.ts';

export const WorkspaceRole = OneOf(['owner', 'admin', 'member', 'guest']);
export type WorkspaceRole = Static<typeof WorkspaceRole>;

/** What a personal API token may do; a signed-in person has all of them. */
export const Scope = OneOf(['read', 'write', 'admin']);
export type Scope = Static<typeof Scope>;

/** The audience of every access token. */
export const AUDIENCE = 'taskflow';
export const ISSUER = 'taskflow-auth';

/**
 * Claims of an access token (JWT, RFC 7519, EdDSA with Ed25519), at most five minutes valid.
 * `sv` is the account's security version: it rises when sessions must end, so that a token of an
 * older version is refused without comparing clocks.
 */
export const AccessTokenClaims = Type.Object({
  iss: Type.Literal(ISSUER),
  aud: Type.Literal(AUDIENCE),
  sub: Uuid,
  sid: Uuid,
  sv: Type.Integer(),
  iat: Type.Integer(),
  exp: Type.Integer(),
  name: Type.String(),
  handle: Type.String(),
  admin: Type.Boolean({ description: 'administers this installation' }),
  workspaces: Type.Record(Type.String(), WorkspaceRole, { description: 'workspace id → role' }),
  scopes: Type.Array(Scope),
});
export type AccessTokenClaims = Static<typeof AccessTokenClaims>;

/** Service-to-service: the gateway turns a session cookie or API token into an access token. */
export const ExchangeRequest = Type.Object({
  kind: OneOf(['session', 'api-token']),
  credential: Type.String({ minLength: 1, maxLength: 512 }),
  address: Type.Optional(Type.String({ description: 'of the client, for "last used"' })),
});
export const ExchangeAnswer = Type.Object({
  accessToken: Type.String(),
  expiresIn: Type.Integer({ description: 'seconds' }),
});

/**
 * Service-to-service: `GET /internal/revocations?after=<position>&wait=<seconds>`. The gateway long-polls it
 * and refuses every access token that an entry covers: `session` by sid (also API tokens: their sid is the token's id),
 * `user` by sub with an `sv` below securityVersion.
 */
export const Revocation = Type.Object({
  kind: OneOf(['session', 'user']),
  subject: Uuid,
  securityVersion: Type.Optional(Type.Integer()),
});
export const RevocationsAnswer = Type.Object({
  position: Type.String({ description: 'pass as `after` to go on from here' }),
  revocations: Type.Array(Revocation),
});

/** Service-to-service: `GET /internal/workspaces/:id/members` and `GET /internal/users?ids=`. */
export const DirectoryEntry = Type.Object({
  userId: Uuid,
  name: Type.String(),
  handle: Type.String({ description: 'unique; what @mentions use' }),
  email: Type.String(),
  role: Type.Optional(WorkspaceRole),
  active: Type.Boolean(),
});
export type DirectoryEntry = Static<typeof DirectoryEntry>;
export const DirectoryAnswer = Type.Object({ items: Type.Array(DirectoryEntry) });
