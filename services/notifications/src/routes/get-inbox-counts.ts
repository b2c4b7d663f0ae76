import { InboxCounts } from '@taskflow/contracts/notifications';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { countInbox } from '../inbox.ts';
import { responses, SIGNED_IN } from '../responses.ts';

export function getInboxCounts(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/inbox/counts',
    {
      schema: {
        operationId: 'getInboxCounts',
        summary: 'How many notifications are unread',
        tags: ['inbox'],
        security: [{ bearer: [] }],
        response: responses({ 200: InboxCounts }, ...SIGNED_IN),
      },
    },
    ({ identity: { userId } }) => countInbox(sql, userId),
  );
}
