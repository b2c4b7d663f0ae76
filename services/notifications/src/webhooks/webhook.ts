import { randomBytes } from 'node:crypto';
import type { Webhook } from '@taskflow/contracts/notifications';
import type { Identity } from '@taskflow/http/identity';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { authorise } from '../authorisation.ts';
import type { Fragment } from '../inbox.ts';
import { problems } from '../problems.ts';

export const webhookColumns = (sql: Sql | Transaction): Fragment => sql`
  id, workspace_id as "workspaceId", name, url, project_id as "projectId", event_types as "eventTypes", enabled,
  disabled_reason as "disabledReason", failing_since as "failingSince",
  case when previous_secret_until > now() then previous_secret_until end as "previousSecretUntil",
  created_by as "createdBy", created_at as "createdAt", version`;

export type WebhookRow = Omit<Webhook, 'failingSince' | 'previousSecretUntil' | 'createdAt'> & {
  failingSince: Date | null;
  previousSecretUntil: Date | null;
  createdAt: Date;
};

export const toWebhook = (row: WebhookRow): Webhook => ({
  ...row,
  failingSince: row.failingSince?.toISOString() ?? null,
  previousSecretUntil: row.previousSecretUntil?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});

/**
 * @param lock for a change in the same transaction
 * @throws Problem 404 when there is none or it is of a workspace the person is not in, 403 when the role is not enough
 */
export async function findWebhook(
  sql: Sql | Transaction,
  identity: Identity,
  id: string,
  action: 'see-webhooks' | 'manage-webhooks',
  lock = false,
): Promise<WebhookRow> {
  const [row] = await sql<WebhookRow[]>`select ${webhookColumns(sql)} from webhooks where id = ${id} ${lock ? sql`for update` : sql``}`;
  if (!row) throw problems.no_webhook();
  authorise(identity, row.workspaceId, action);
  return row;
}

/** In the form of Standard Webhooks: 24 to 64 random bytes. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
