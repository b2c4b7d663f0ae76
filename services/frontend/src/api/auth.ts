import type { InclusionProof } from '@taskflow/contracts/audit';
import type {
  Account,
  AdministeredAccount,
  ApiToken,
  AuditCheckpoint,
  AuditEntry,
  CreatedApiToken,
  CreatedInvitation,
  Invitation,
  InvitationPreview,
  JoinedWorkspace,
  Member,
  MemberPage,
  NewApiToken,
  NewInvitation,
  PasswordResetLink,
  Session,
  SignedIn,
  Workspace,
} from '@taskflow/contracts/auth';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { Static } from 'typebox';
import { get, getAll, patch, post, remove } from './client.ts';

export type Person = Static<typeof Member>;
type Page = Static<typeof MemberPage>;
export type Invited = Static<typeof InvitationPreview>;

export const login = (body: { email: string; password: string }) => post<SignedIn>('/auth/login', body);
export const register = (body: { email: string; password: string; name: string; invitation?: string }) =>
  post<SignedIn>('/auth/register', body);
export const logout = () => post<void>('/auth/logout');
export const getMe = (signal: AbortSignal) => get<Account>('/auth/me', { signal });
export const resetPassword = (body: { token: string; newPassword: string }) => post<unknown>('/auth/password/reset', body);

export const previewInvitation = (token: string) => post<Invited>('/auth/invitations/preview', { token });
export const acceptInvitation = (token: string) => post<{ workspace: Workspace }>('/auth/invitations/accept', { token });
export const listMembers = (workspaceId: string, signal: AbortSignal) =>
  getAll<Page['items'][number]>(`/auth/workspaces/${workspaceId}/members`, { signal });

export const patchMe = (version: number, body: { name?: string; handle?: string }) => patch<Account>('/auth/me', body, { version });
export const changePassword = (body: { currentPassword: string; newPassword: string }) => post<unknown>('/auth/password', body);
export const changeEmail = (body: { currentPassword: string; email: string }) => post<unknown>('/auth/email', body);

export type SessionItem = Static<typeof Session>;
export const listSessions = (signal: AbortSignal) => get<{ items: SessionItem[] }>('/auth/sessions', { signal });
export const endSession = (id: string) => remove(`/auth/sessions/${id}`);
export const endOtherSessions = () => remove('/auth/sessions');

export type Token = Static<typeof ApiToken>;
export const listTokens = (signal: AbortSignal) => get<{ items: Token[] }>('/auth/tokens', { signal });
export const createToken = (body: Static<typeof NewApiToken>) => post<Static<typeof CreatedApiToken>>('/auth/tokens', body);
export const deleteToken = (id: string) => remove(`/auth/tokens/${id}`);

export const getWorkspace = (id: string, signal: AbortSignal) => get<Workspace>(`/auth/workspaces/${id}`, { signal });
export const createWorkspace = (name: string) => post<Static<typeof JoinedWorkspace>>('/auth/workspaces', { name });
export const patchWorkspace = ({ id, version }: Workspace, name: string) => patch<Workspace>(`/auth/workspaces/${id}`, { name }, { version });
export const deleteWorkspace = ({ id, version }: Workspace) => remove(`/auth/workspaces/${id}`, { version });
export const patchMember = (workspaceId: string, { userId, version }: Person, role: WorkspaceRole) =>
  patch<Person>(`/auth/workspaces/${workspaceId}/members/${userId}`, { role }, { version });
export const removeMember = (workspaceId: string, { userId, version }: Person) =>
  remove(`/auth/workspaces/${workspaceId}/members/${userId}`, { version });
export const transferOwnership = (workspaceId: string, userId: string) => post<unknown>(`/auth/workspaces/${workspaceId}/transfer`, { userId });

export type OpenInvitation = Static<typeof Invitation>;
export const listInvitations = (workspaceId: string, signal: AbortSignal) =>
  get<{ items: OpenInvitation[] }>(`/auth/workspaces/${workspaceId}/invitations`, { signal });
export const createInvitation = (workspaceId: string, body: Static<typeof NewInvitation>) =>
  post<Static<typeof CreatedInvitation>>(`/auth/workspaces/${workspaceId}/invitations`, body);
export const deleteInvitation = (workspaceId: string, id: string) => remove(`/auth/workspaces/${workspaceId}/invitations/${id}`);

export type AdministeredPerson = Static<typeof AdministeredAccount>;
export const listAccounts = (q: string, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: AdministeredPerson[]; nextCursor: string | null }>('/auth/accounts', { query: { q: q || undefined, cursor }, signal });
export const patchAccount = ({ id, version }: AdministeredPerson, body: { admin?: boolean; disabled?: boolean }) =>
  patch<AdministeredPerson>(`/auth/accounts/${id}`, body, { version });
export const createResetLink = (id: string) => post<Static<typeof PasswordResetLink>>(`/auth/accounts/${id}/password-reset`);

export type AuditItem = Static<typeof AuditEntry>;
export interface AuditFilter {
  actorId?: string | undefined;
  action?: string | undefined;
  workspaceId?: string | undefined;
  outcome?: 'success' | 'failure' | undefined;
}
export const listAudit = (filter: AuditFilter, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: AuditItem[]; nextCursor: string | null }>('/auth/audit', { query: { ...filter, cursor, limit: 50 }, signal });
export const getCheckpoint = (signal?: AbortSignal) => get<Static<typeof AuditCheckpoint>>('/auth/audit/checkpoint', { signal });
export const getProof = (id: string) => get<InclusionProof>(`/auth/audit/${id}/proof`);
