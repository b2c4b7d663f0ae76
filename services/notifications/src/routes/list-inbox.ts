import { InboxPage, InboxQuery } from '@taskflow/contracts/notifications';
import { ProblemDocument } from '@taskflow/contracts/problem';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { countInbox, inState, type NotificationRow, notificationColumns, toNotification } from '../inbox.ts';

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
        response: { 200: InboxPage, 400: ProblemDocument, 401: ProblemDocument, 403: ProblemDocument },
      },
    },
    async ({ query, identity: { userId } }) => {
      const { state = 'active', limit = 50, reason = null, projectId = null, taskId = null } = query;
      const [before = null] = query.cursor ? decodeCursor(query.cursor, 1) : [];
      const [rows, counts] = await Promise.all([
        sql<NotificationRow[]>`
          select ${notificationColumns(sql)} from notifications
          where user_id = ${userId} and ${inState(sql, state)}
            and (${before}::uuid is null or id < ${before}::uuid)
            and (${reason}::text is null or reason = ${reason})
            and (${projectId}::uuid is null or project_id = ${projectId})
            and (${taskId}::uuid is null or task_id = ${taskId})
          order by id desc limit ${limit + 1}`,
        countInbox(sql, userId),
      ]);
      return { ...toPage(rows, limit, ({ id }) => [id], toNotification), counts };
    },
  );
}
