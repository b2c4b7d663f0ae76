import type { Transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import type { FastifyRequest } from 'fastify';
import { audit } from './audit.ts';
import { digest } from './opaque.ts';
import { authProblems } from './problems.ts';

export interface OpenInvitation {
  id: string;
  workspaceId: string;
  role: string;
}

/**
 * The open invitation of a token, which nobody else can use until the transaction ends.
 * @throws Problem 404 invitation_invalid, 403 invitation_for_another
 */
export async function claimInvitation(tx: Transaction, token: string, email: string): Promise<OpenInvitation> {
  const [found] = await tx<Array<{ workspaceId: string }>>`
    select workspace_id as "workspaceId" from invitations where token_hash = ${digest(token)}`;
  if (!found) throw authProblems.invitation_invalid();
  await lockOrder(tx, found.workspaceId);
  const [invitation] = await tx<Array<OpenInvitation & { email: string | null }>>`
    select i.id, i.workspace_id as "workspaceId", i.role, i.email
    from invitations i join workspaces w on w.id = i.workspace_id
    where i.token_hash = ${digest(token)} and i.accepted_at is null and i.expires_at > now() and w.deleted_at is null`;
  if (!invitation) throw authProblems.invitation_invalid();
  if (invitation.email !== null && invitation.email.toLowerCase() !== email.toLowerCase()) throw authProblems.invitation_for_another();
  return invitation;
}

/**
 * Uses up a claimed invitation: the person becomes a member.
 * @throws Problem 409 already_member
 */
export async function useInvitation(tx: Transaction, request: FastifyRequest, invitation: OpenInvitation, userId: string): Promise<void> {
  const { id, workspaceId, role } = invitation;
  const { count } = await tx`
    insert into members (workspace_id, user_id, role) values (${workspaceId}, ${userId}, ${role})
    on conflict (workspace_id, user_id) do nothing`;
  if (count === 0) throw authProblems.already_member();
  await tx`update invitations set accepted_at = now(), accepted_by = ${userId} where id = ${id}`;
  await audit(tx, request, { action: 'invitation.accepted', actorId: userId, subject: `invitation:${id}`, workspaceId, details: { role } });
}
