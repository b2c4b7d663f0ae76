import { MuteList } from '@taskflow/contracts/notifications';
import { ProblemDocument } from '@taskflow/contracts/problem';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';

export function listMutes(app: Server, { sql }: Context): void {
  app.get(
    '/notifications/mutes',
    {
      schema: {
        operationId: 'listMutes',
        summary: 'The tasks and projects you have muted, latest first',
        tags: ['preferences'],
        security: [{ bearer: [] }],
        response: { 200: MuteList, 401: ProblemDocument, 403: ProblemDocument },
      },
    },
    async ({ identity: { userId } }) => {
      const rows = await sql<Array<{ kind: 'task' | 'project'; id: string; createdAt: Date }>>`
        select kind, subject_id as id, created_at as "createdAt" from mutes where user_id = ${userId} order by created_at desc, subject_id`;
      return { items: rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() })) };
    },
  );
}
