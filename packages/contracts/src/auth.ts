import { type Static, type TProperties, Type } from 'typebox';
import { AuditRecord, RecordQuery, VerifierKeys } from './audit.ts';
import { Scope, WorkspaceRole } from './identity.ts';
import { Nullable, OneOf, Page, PageQuery, Timestamp, Uuid } from './primitives.ts';

const body = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false });

export const Email = Type.String({ format: 'email', maxLength: 254 });
/** NIST SP 800-63B: length, no rules of composition. What else is refused (common, derived from the account) answers 422. */
export const NewPassword = Type.String({ minLength: 10, maxLength: 256 });
const Password = Type.String({ minLength: 1, maxLength: 256 });
/** No control characters: names go into mails, logs of other systems and terminals. */
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\p{Cc}\\p{Zl}\\p{Zp}]*[^\\p{C}\\p{Z}][^\\p{Cc}\\p{Zl}\\p{Zp}]*$' });
export const Handle = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{1,31}$', description: 'unique; what @mentions use' });
const SecretToken = Type.String({ minLength: 20, maxLength: 128 });

export const Membership = Type.Object({ id: Uuid, name: Type.String(), role: WorkspaceRole });

/** A person's own account. */
export const Account = Type.Object({
  id: Uuid,
  email: Type.String(),
  name: Type.String(),
  handle: Type.String(),
  admin: Type.Boolean({ description: 'administers this installation' }),
  workspaces: Type.Array(Membership),
  createdAt: Timestamp,
  version: Type.Integer(),
});
export type Account = Static<typeof Account>;

const accessToken = {
  accessToken: Type.String({ description: 'JWT for `Authorization: Bearer`' }),
  expiresIn: Type.Integer({ description: 'seconds' }),
};
export const AccessToken = Type.Object(accessToken);

/** What signing in answers. The session cookie is set as well, except where a refresh token was asked for. */
export const SignedIn = Type.Object({
  ...accessToken,
  refreshToken: Type.Optional(Type.String({ description: 'good for one POST /auth/refresh' })),
  user: Account,
});
export type SignedIn = Static<typeof SignedIn>;

const wantsRefreshToken = {
  refreshToken: Type.Optional(
    Type.Boolean({ description: 'for clients without a cookie store: answer with a refresh token and set no cookie', default: false }),
  ),
};

export const Registration = body({
  email: Email,
  password: NewPassword,
  name: Name,
  invitation: Type.Optional(SecretToken),
  ...wantsRefreshToken,
});
export const Login = body({ email: Email, password: Password, ...wantsRefreshToken });
export const Refresh = body({ refreshToken: Type.Optional(SecretToken) });

export const AccountPatch = body({
  name: Type.Optional(Name),
  handle: Type.Optional(Handle),
});
export const PasswordChange = body({ currentPassword: Password, newPassword: NewPassword });
export const EmailChange = body({ currentPassword: Password, email: Email });
export const PasswordReset = body({ token: SecretToken, newPassword: NewPassword });

export const Session = Type.Object({
  id: Uuid,
  current: Type.Boolean(),
  address: Type.String(),
  userAgent: Nullable(Type.String()),
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  expiresAt: Timestamp,
});
export const SessionList = Type.Object({ items: Type.Array(Session) });

export const ApiToken = Type.Object({
  id: Uuid,
  name: Type.String(),
  hint: Type.String({ description: 'the last characters' }),
  scopes: Type.Array(Scope),
  createdAt: Timestamp,
  expiresAt: Nullable(Timestamp),
  lastUsedAt: Nullable(Timestamp),
  lastUsedAddress: Nullable(Type.String()),
});
export const ApiTokenList = Type.Object({ items: Type.Array(ApiToken) });
export const NewApiToken = body({
  name: Name,
  scopes: Type.Array(Scope, { minItems: 1, maxItems: 3, uniqueItems: true }),
  expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650, description: 'never, when not given' })),
});
export const CreatedApiToken = Type.Object({ ...ApiToken.properties, token: Type.String({ description: 'shown only now' }) });

export const Workspace = Type.Object({
  id: Uuid,
  name: Type.String(),
  role: WorkspaceRole,
  members: Type.Integer({ description: 'how many' }),
  createdAt: Timestamp,
  version: Type.Integer(),
});
export type Workspace = Static<typeof Workspace>;
export const WorkspaceList = Type.Object({ items: Type.Array(Workspace) });
export const NewWorkspace = body({ name: Name });
export const WorkspacePatch = body({ name: Type.Optional(Name) });
/** The caller's role in a workspace is new, so the access token used is refused from now on: here is the next one. */
export const JoinedWorkspace = Type.Object({ workspace: Workspace, ...accessToken });

export const Member = Type.Object({
  userId: Uuid,
  name: Type.String(),
  handle: Type.String(),
  email: Nullable(Type.String({ description: 'null for guests, who do not see it' })),
  role: WorkspaceRole,
  active: Type.Boolean(),
  joinedAt: Timestamp,
  version: Type.Integer(),
});
export const MemberPage = Page(Member);
export const MemberPatch = body({ role: Type.Optional(WorkspaceRole) });

export const OwnershipTransfer = body({ userId: Uuid });

export const InvitationRole = OneOf(['admin', 'member', 'guest']);
export const Invitation = Type.Object({
  id: Uuid,
  role: InvitationRole,
  email: Nullable(Type.String()),
  invitedBy: Uuid,
  createdAt: Timestamp,
  expiresAt: Timestamp,
});
export const InvitationList = Type.Object({ items: Type.Array(Invitation) });
export const NewInvitation = body({
  role: Type.Optional(Type.Enum(['admin', 'member', 'guest'], { default: 'member' })),
  email: Type.Optional(Email),
  expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 30, default: 7 })),
});
export const CreatedInvitation = Type.Object({
  ...Invitation.properties,
  token: Type.String({ description: 'shown only now' }),
  url: Type.String({ description: 'to hand to the person invited' }),
});
export const InvitationToken = body({ token: SecretToken });
/** What a person sees before accepting. */
export const InvitationPreview = Type.Object({
  workspace: Type.Object({ id: Uuid, name: Type.String() }),
  role: InvitationRole,
  invitedBy: Type.String({ description: 'name' }),
  email: Nullable(Type.String()),
  expiresAt: Timestamp,
});

/** An account as administrators see it. */
export const AdministeredAccount = Type.Object({
  id: Uuid,
  email: Type.String(),
  name: Type.String(),
  handle: Type.String(),
  admin: Type.Boolean(),
  disabledAt: Nullable(Timestamp),
  createdAt: Timestamp,
  version: Type.Integer(),
});
export const AdministeredAccountPage = Page(AdministeredAccount);
export const AdministeredAccountPatch = body({ admin: Type.Optional(Type.Boolean()), disabled: Type.Optional(Type.Boolean()) });
export const AccountQuery = Type.Object({
  ...PageQuery.properties,
  q: Type.Optional(Type.String({ maxLength: 100, pattern: '^[^\\u0000]*$', description: 'part of name, handle or e-mail' })),
});
export const PasswordResetLink = Type.Object({ token: Type.String(), url: Type.String(), expiresAt: Timestamp });

export const AuditQuery = RecordQuery;
export const AuditEntry = Type.Object({
  ...AuditRecord.properties,
  leafIndex: Nullable(Type.Integer({ description: 'in the audit log; null until it has arrived there' })),
});
export const AuditPage = Page(AuditEntry);
/** The newest signed state of the audit log, and what to verify it with. */
export const AuditCheckpoint = Type.Object({
  checkpoint: Type.String({ description: 'C2SP tlog-checkpoint' }),
  ...VerifierKeys.properties,
});
