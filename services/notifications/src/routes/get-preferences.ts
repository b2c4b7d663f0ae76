import { Preferences } from '@taskflow/contracts/notifications';
import { ProblemDocument } from '@taskflow/contracts/problem';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { readPreferences, toPreferences } from '../preferences.ts';

export function getPreferences(app: Server, { sql, emailAvailable }: Context): void {
  app.get(
    '/notifications/preferences',
    {
      schema: {
        operationId: 'getPreferences',
        summary: 'What you are told, on which channels and when',
        tags: ['preferences'],
        security: [{ bearer: [] }],
        response: { 200: Preferences, 401: ProblemDocument, 403: ProblemDocument },
      },
    },
    async ({ identity: { userId } }, reply) => {
      const row = await readPreferences(sql, userId);
      reply.header('etag', etag(row.version));
      return toPreferences(row, emailAvailable);
    },
  );
}
