import type { Transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import type { FastifyRequest } from 'fastify';
import { audit } from './audit.ts';
import { digest } from './opaque.ts';
import { authProblems } from './problems.ts';

/**
 * Uses up an invitation: the person becomes a member. Of several at the same moment one succeeds.
 * @returns the workspace's id
 * @throws Problem 404 invitation_invalid, 403 invitation_for_another, 409 already_member; nothing is used up then
 */
export async function acceptInvitation(
  tx: Transaction,
  request: FastifyRequest,
  token: string,
  { userId, email }: { userId: string; email: string },
): Promise<string> {
  const [found] = await tx<Array<{ workspaceId: string }>>`
    select workspace_id as "workspaceId" from invitations where token_hash = ${digest(token)}`;
  if (!found) throw authProblems.invitation_invalid();
  const { workspaceId } = found;
  await lockOrder(tx, workspaceId);
  const [invitation] = await tx<Array<{ id: string; role: string; email: string | null }>>`
    update invitations i set accepted_at = now(), accepted_by = ${userId}
    from workspaces w
    where i.token_hash = ${digest(token)} and i.accepted_at is null and i.expires_at > now()
      and w.id = i.workspace_id and w.deleted_at is null
    returning i.id, i.role, i.email`;
  if (!invitation) throw authProblems.invitation_invalid();
  const { id, role } = invitation;
  if (invitation.email !== null && invitation.email.toLowerCase() !== email.toLowerCase()) throw authProblems.invitation_for_another();
  const { count } = await tx`
    insert into members (workspace_id, user_id, role) values (${workspaceId}, ${userId}, ${role})
    on conflict (workspace_id, user_id) do nothing`;
  if (count === 0) throw authProblems.already_member();
  await audit(tx, request, { action: 'invitation.accepted', actorId: userId, subject: `invitation:${id}`, workspaceId, details: { role } });
  return workspaceId;
}
