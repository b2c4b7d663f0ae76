import type { AuditRecord } from '@taskflow/contracts/audit';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import type { FastifyRequest } from 'fastify';
import { v7 } from 'uuid';
import { clientAddress } from './client-address.ts';

/** Every act that auth records, so that readers can rely on the names. */
export type Action =
  | 'account.created'
  | 'account.updated'
  | 'account.disabled'
  | 'account.enabled'
  | 'administrator.granted'
  | 'administrator.revoked'
  | 'api-token.created'
  | 'api-token.deleted'
  | 'email.changed'
  | 'invitation.created'
  | 'invitation.deleted'
  | 'invitation.accepted'
  | 'member.role-changed'
  | 'member.removed'
  | 'member.left'
  | 'ownership.transferred'
  | 'password.changed'
  | 'password.reset'
  | 'password-reset.created'
  | 'refresh-token.reused'
  | 'session.created'
  | 'session.ended'
  | 'sessions.ended'
  | 'signing-key.added'
  | 'signing-key.removed'
  | 'workspace.created'
  | 'workspace.updated'
  | 'workspace.deleted';

export interface Act {
  action: Action;
  outcome?: AuditRecord['outcome'];
  actorId?: string | null;
  /** kind:id */
  subject?: string;
  workspaceId?: string;
  details?: AuditRecord['details'];
}

/**
 * Records a security-relevant act in the transaction that does it, so that neither is without the other. Records hold ids
 * and the client's address, no other personal data. Without a request, the act is the system's own.
 */
export async function audit(sql: Sql | Transaction, request: FastifyRequest | null, act: Act): Promise<void> {
  const { action, outcome = 'success', actorId = null, subject = null, workspaceId = null, details = {} } = act;
  const address = request && clientAddress(request);
  await sql`
    insert into audit_records (id, at, action, outcome, actor_id, subject, workspace_id, address, request_id, details)
    values (${v7()}, date_trunc('milliseconds', clock_timestamp()), ${action}, ${outcome}, ${actorId}, ${subject}, ${workspaceId},
            ${address}, ${request?.id ?? null}, ${sql.json(details)})`;
}
