import { InboxChange, InboxSelection, SnoozeRequest } from '@taskflow/contracts/notifications';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { Sql } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { countInbox, type Fragment } from '../inbox.ts';
import { instant } from '../parameters.ts';
import { BODY, IDEMPOTENT, responses, SIGNED_IN } from '../responses.ts';

/** Each act with what it sets, and the rows that it would change. */
const acts = (sql: Sql) => ({
  read: { summary: 'Mark as read', set: sql`read_at = now()`, where: sql`read_at is null` },
  unread: { summary: 'Mark as unread', set: sql`read_at = null`, where: sql`read_at is not null` },
  archive: {
    summary: 'Put away: read, and out of the active inbox',
    set: sql`archived_at = now(), read_at = coalesce(read_at, now()), snoozed_until = null`,
    where: sql`archived_at is null`,
  },
  unarchive: { summary: 'Bring back to the inbox', set: sql`archived_at = null`, where: sql`archived_at is not null` },
  unsnooze: { summary: 'Bring back before its time', set: sql`snoozed_until = null`, where: sql`snoozed_until > now()` },
});

/** POST /notifications/inbox/{read,unread,archive,unarchive,snooze,unsnooze}; what is not in your inbox is passed over. */
export function markInbox(app: Server, { sql }: Context): void {
  for (const [act, { summary, set, where }] of Object.entries(acts(sql))) {
    app.post(
      `/notifications/inbox/${act}`,
      { schema: { ...schema(act, summary), body: InboxSelection } },
      ({ body, identity: { userId } }) => change(sql, userId, body, set, where),
    );
  }
  app.post(
    '/notifications/inbox/snooze',
    { schema: { ...schema('snooze', 'Hide until a time'), body: SnoozeRequest } },
    async ({ body: { until, ...selection }, identity: { userId } }) => {
      const end = instant(until);
      if (end.getTime() <= Date.now()) throw problems.invalid('until must lie in the future');
      return change(sql, userId, selection, sql`snoozed_until = ${end}`, sql`archived_at is null`);
    },
  );
}

const schema = (act: string, summary: string) => ({
  operationId: `${act}Inbox`,
  summary,
  tags: ['inbox'],
  security: [{ bearer: [] }],
  response: responses({ 200: InboxChange }, ...BODY, ...SIGNED_IN, ...IDEMPOTENT),
});

async function change(sql: Sql, userId: string, selection: InboxSelection, set: Fragment, where: Fragment) {
  const { ids, taskId, through } = selection;
  const selected = ids ? sql`id = any(${ids}::uuid[])` : taskId ? sql`task_id = ${taskId}` : sql`id <= ${through as string}`;
  const { count } = await sql`
    update notifications set ${set} where user_id = ${userId} and inbox and ${selected} and ${where}`;
  return { changed: count, counts: await countInbox(sql, userId) };
}
