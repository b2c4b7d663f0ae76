import type { Account, InvitationPreview, Member, MemberPage, SignedIn, Workspace } from '@taskflow/contracts/auth';
import type { Static } from 'typebox';
import { get, getAll, post } from './client.ts';

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
