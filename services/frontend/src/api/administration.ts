import type { ConsistencyProof, InclusionProof } from '@taskflow/contracts/audit';
import type {
  AdministeredAccount,
  AdministeredAccountPatch,
  AuditCheckpoint,
  AuditEntry,
  PasswordResetLink,
} from '@taskflow/contracts/auth';
import type { Static } from 'typebox';
import { get, patch, post } from './client.ts';

export type AdministeredPerson = Static<typeof AdministeredAccount>;
export type AuditItem = Static<typeof AuditEntry>;
export type Checkpoint = Static<typeof AuditCheckpoint>;

export const listAccounts = (q: string, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: AdministeredPerson[]; nextCursor: string | null }>('/auth/accounts', { query: { q: q || undefined, cursor }, signal });
export const getAccount = (id: string, signal: AbortSignal) => get<AdministeredPerson>(`/auth/accounts/${id}`, { signal });
export const patchAccount = ({ id, version }: AdministeredPerson, body: Static<typeof AdministeredAccountPatch>) =>
  patch<AdministeredPerson>(`/auth/accounts/${id}`, body, { version });
export const createPasswordReset = (id: string) => post<Static<typeof PasswordResetLink>>(`/auth/accounts/${id}/password-reset`);

export interface AuditFilter {
  workspaceId?: string | undefined;
  action?: string | undefined;
  outcome?: string | undefined;
}
export const listAudit = (filter: AuditFilter, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: AuditItem[]; nextCursor: string | null }>('/auth/audit', { query: { ...filter, cursor }, signal });
export const getCheckpoint = (signal: AbortSignal) => get<Checkpoint>('/auth/audit/checkpoint', { signal });
export const getConsistency = (from: number, to: number) => get<ConsistencyProof>('/auth/audit/consistency', { query: { from, to } });
export const getProof = (id: string) => get<InclusionProof>(`/auth/audit/${id}/proof`);
