import type { InboxCounts, InboxQuery, InboxState, Notification } from '@taskflow/contracts/notifications';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import type postgres from 'postgres';
import type { Static } from 'typebox';

/** A part of a statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

export const notificationColumns = (sql: Sql | Transaction): Fragment => sql`
  id, reason, type, occurred_at as "occurredAt", workspace_id as "workspaceId", project_id as "projectId", task_id as "taskId",
  human_id as "humanId", title, actor_id as "actorId", actor_name as "actorName", excerpt, fields,
  read_at as "readAt", archived_at as "archivedAt", snoozed_until as "snoozedUntil"`;

export type NotificationRow = Omit<Notification, 'occurredAt' | 'readAt' | 'archivedAt' | 'snoozedUntil'> & {
  occurredAt: Date;
  readAt: Date | null;
  archivedAt: Date | null;
  snoozedUntil: Date | null;
};

export const toNotification = (row: NotificationRow): Notification => ({
  ...row,
  occurredAt: row.occurredAt.toISOString(),
  readAt: row.readAt?.toISOString() ?? null,
  archivedAt: row.archivedAt?.toISOString() ?? null,
  snoozedUntil: row.snoozedUntil?.toISOString() ?? null,
});

/** Each state as a condition on a notification; what is not in the inbox (told by e-mail only) is in none. */
function inState(sql: Sql | Transaction, state: InboxState): Fragment {
  const awake = sql`archived_at is null and (snoozed_until is null or snoozed_until <= now())`;
  switch (state) {
    case 'active':
      return sql`inbox and ${awake}`;
    case 'unread':
      return sql`inbox and read_at is null and ${awake}`;
    case 'snoozed':
      return sql`inbox and archived_at is null and snoozed_until > now()`;
    case 'archived':
      return sql`inbox and archived_at is not null`;
  }
}

/** The condition that the filters of a list make. */
export const matching = (sql: Sql, userId: string, query: Static<typeof InboxQuery>): Fragment => {
  const { state = 'active', reason = null, projectId = null, taskId = null } = query;
  return sql`
    user_id = ${userId} and ${inState(sql, state)}
    and (${reason}::text is null or reason = ${reason})
    and (${projectId}::uuid is null or project_id = ${projectId})
    and (${taskId}::uuid is null or task_id = ${taskId})`;
};

/** Reads nothing but the index of the unread ones. */
export async function countInbox(sql: Sql | Transaction, userId: string): Promise<InboxCounts> {
  const rows = await sql<Array<{ reason: string; count: number }>>`
    select reason, count(*)::int as count from notifications where user_id = ${userId} and ${inState(sql, 'unread')} group by reason`;
  return {
    unread: rows.reduce((sum, { count }) => sum + count, 0),
    byReason: Object.fromEntries(rows.map(({ reason, count }) => [reason, count])),
  };
}
