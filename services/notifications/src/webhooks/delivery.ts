import type { Delivery, DeliveryAttempt } from '@taskflow/contracts/notifications';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import type { Static } from 'typebox';
import type { Fragment } from '../inbox.ts';

/** Of deliveries d, with its last attempt as JSON. */
export const deliveryColumns = (sql: Sql | Transaction): Fragment => sql`
  d.id, d.event_id as "messageId", d.type, d.state, d.attempts, d.created_at as "createdAt", d.delivered_at as "deliveredAt",
  case when d.state = 'pending' then d.due_at end as "nextAttemptAt",
  (select ${attemptAsJson(sql)} from delivery_attempts a where a.delivery_id = d.id order by a.number desc limit 1) as "lastAttempt"`;

export const attemptAsJson = (sql: Sql | Transaction): Fragment => sql`
  json_build_object('number', a.number, 'at', a.at, 'requestId', a.request_id, 'status', a.status, 'durationMs', a.duration_ms,
    'error', a.error, 'answer', a.answer)`;

export type AttemptRow = Static<typeof DeliveryAttempt>;
export type DeliveryRow = Omit<Static<typeof Delivery>, 'createdAt' | 'deliveredAt' | 'nextAttemptAt'> & {
  createdAt: Date;
  deliveredAt: Date | null;
  nextAttemptAt: Date | null;
};

/** PostgreSQL's JSON writes times with the session's offset. */
export const toAttempt = (row: AttemptRow): AttemptRow => ({ ...row, at: new Date(row.at).toISOString() });

export const toDelivery = (row: DeliveryRow): Static<typeof Delivery> => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  deliveredAt: row.deliveredAt?.toISOString() ?? null,
  nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
  lastAttempt: row.lastAttempt && toAttempt(row.lastAttempt),
});
