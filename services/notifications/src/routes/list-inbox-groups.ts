import { InboxGroupPage, InboxQuery, type InboxReason } from '@taskflow/contracts/notifications';
import { toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { countInbox, matching, type NotificationRow, notificationColumns, toNotification } from '../inbox.ts';
import { idCursor } from '../parameters.ts';
import { responses, SIGNED_IN } from '../responses.ts';

type GroupRow = NotificationRow & { count: number; unread: number; reasons: InboxReason[] };

export function listInboxGroups(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/inbox/groups',
    {
      schema: {
        operationId: 'listInboxGroups',
        summary: 'Your notifications by task, the most recently changed first',
        tags: ['inbox'],
        security: [{ bearer: [] }],
        querystring: InboxQuery,
        response: responses({ 200: InboxGroupPage }, ...SIGNED_IN, 400),
      },
    },
    async ({ query, identity: { userId } }) => {
      const { limit = 50 } = query;
      const before = idCursor(query.cursor);
      // max() knows no uuid, so the newest is the first of them sorted
      const [rows, counts] = await Promise.all([
        sql<GroupRow[]>`
          with groups as (
            select (array_agg(id order by id desc))[1] as latest_id, count(*)::int as count,
              count(*) filter (where read_at is null)::int as unread, array_agg(distinct reason) as reasons
            from notifications
            where ${matching(sql, userId, query)}
            group by coalesce(task_id, id)
          )
          select ${notificationColumns(sql)}, count, unread, reasons
          from groups join notifications on id = latest_id
          where ${before}::uuid is null or id < ${before}::uuid
          order by id desc limit ${limit + 1}`,
        countInbox(sql, userId),
      ]);
      const page = toPage(
        rows,
        limit,
        ({ id }) => [id],
        ({ count, unread, reasons, ...latest }) => ({ taskId: latest.taskId, latest: toNotification(latest), count, unread, reasons }),
      );
      return { ...page, counts };
    },
  );
}
