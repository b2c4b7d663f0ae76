import { MuteList } from '@taskflow/contracts/notifications';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { responses, SIGNED_IN } from '../responses.ts';

export function listMutes(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/mutes',
    {
      schema: {
        operationId: 'listMutes',
        summary: 'The tasks and projects you have muted, latest first',
        tags: ['preferences'],
        security: [{ bearer: [] }],
        response: responses({ 200: MuteList }, ...SIGNED_IN),
      },
    },
    async ({ identity: { userId } }) => {
      const rows = await sql<Array<{ kind: 'task' | 'project'; id: string; createdAt: Date }>>`
        select kind, subject_id as id, created_at as "createdAt" from mutes where user_id = ${userId} order by created_at desc, subject_id`;
      return { items: rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() })) };
    },
  );
}
