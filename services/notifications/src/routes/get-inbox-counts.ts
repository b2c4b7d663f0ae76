import { InboxCounts } from '@taskflow/contracts/notifications';
import { ProblemDocument } from '@taskflow/contracts/problem';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { countInbox } from '../inbox.ts';

export function getInboxCounts(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/inbox/counts',
    {
      schema: {
        operationId: 'getInboxCounts',
        summary: 'How many notifications are unread',
        tags: ['inbox'],
        security: [{ bearer: [] }],
        response: { 200: InboxCounts, 401: ProblemDocument, 403: ProblemDocument },
      },
    },
    ({ identity: { userId } }) => countInbox(sql, userId),
  );
}
