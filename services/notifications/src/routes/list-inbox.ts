import { InboxPage, InboxQuery } from '@taskflow/contracts/notifications';
import { toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { countInbox, matching, type NotificationRow, notificationColumns, toNotification } from '../inbox.ts';
import { idCursor } from '../parameters.ts';
import { responses, SIGNED_IN } from '../responses.ts';

export function listInbox(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/inbox',
    {
      schema: {
        operationId: 'listInbox',
        summary: 'Your notifications, newest first, with the counts of what is unread',
        tags: ['inbox'],
        security: [{ bearer: [] }],
        querystring: InboxQuery,
        response: responses({ 200: InboxPage }, ...SIGNED_IN, 400),
      },
    },
    async ({ query, identity: { userId } }) => {
      const { limit = 50 } = query;
      const before = idCursor(query.cursor);
      const [rows, counts] = await Promise.all([
        sql<NotificationRow[]>`
          select ${notificationColumns(sql)} from notifications
          where ${matching(sql, userId, query)}
            and (${before}::uuid is null or id < ${before}::uuid)
          order by id desc limit ${limit + 1}`,
        countInbox(sql, userId),
      ]);
      return { ...toPage(rows, limit, ({ id }) => [id], toNotification), counts };
    },
  );
}
