import { Preferences } from '@taskflow/contracts/notifications';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { readPreferences, toPreferences } from '../preferences.ts';
import { responses, SIGNED_IN } from '../responses.ts';

export function getPreferences(app: Server, { sql, emailAvailable }: Context): void {
  app.get(
    '/notifications/preferences',
    {
      schema: {
        operationId: 'getPreferences',
        summary: 'What you are told, on which channels and when',
        tags: ['preferences'],
        security: [{ bearer: [] }],
        response: responses({ 200: Preferences }, ...SIGNED_IN),
      },
    },
    async ({ identity: { userId } }, reply) => {
      const row = await readPreferences(sql, userId);
      reply.header('etag', etag(row.version));
      return toPreferences(row, emailAvailable);
    },
  );
}
