import type {
  Account,
  ApiToken,
  CreatedApiToken,
  CreatedInvitation,
  Invitation,
  InvitationPreview,
  Member,
  MemberPage,
  NewApiToken,
  NewInvitation,
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

export const patchWorkspace = ({ id, version }: Workspace, name: string) =>
  patch<Workspace>(`/auth/workspaces/${id}`, { name }, { version });
export const createWorkspace = (name: string) => post<{ workspace: Workspace }>('/auth/workspaces', { name });
export const deleteWorkspace = ({ id, version }: Workspace) => remove(`/auth/workspaces/${id}`, { version });
/** Its only owner from now on; the one who hands it over becomes an admin. */
export const transferWorkspace = (id: string, userId: string) => post<unknown>(`/auth/workspaces/${id}/transfer`, { userId });
/** All of a person's workspaces, each with the version that changing it asks for. */
export const listWorkspaces = (signal: AbortSignal) => get<{ items: Workspace[] }>('/auth/workspaces', { signal });
export const patchMember = (workspaceId: string, { userId, version }: Person, role: WorkspaceRole) =>
  patch<Person>(`/auth/workspaces/${workspaceId}/members/${userId}`, { role }, { version });
export const removeMember = (workspaceId: string, { userId, version }: Person) =>
  remove(`/auth/workspaces/${workspaceId}/members/${userId}`, { version });

export type OpenInvitation = Static<typeof Invitation>;
export const listInvitations = (workspaceId: string, signal: AbortSignal) =>
  get<{ items: OpenInvitation[] }>(`/auth/workspaces/${workspaceId}/invitations`, { signal });
export const createInvitation = (workspaceId: string, body: Static<typeof NewInvitation>) =>
  post<Static<typeof CreatedInvitation>>(`/auth/workspaces/${workspaceId}/invitations`, body);
export const deleteInvitation = (workspaceId: string, id: string) => remove(`/auth/workspaces/${workspaceId}/invitations/${id}`);
