import { IdParams } from '@taskflow/contracts/primitives';
import { type Attachment, AttachmentList } from '@taskflow/contracts/tasks';
import type { Server } from '@taskflow/http/server';
import { attachmentColumns } from '../attachments/attachments.ts';
import type { Context } from '../context.ts';
import { requireReadableTask } from '../readable.ts';
import { refusals, security } from '../responses.ts';

export function listAttachments(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/:id/attachments',
    {
      schema: {
        operationId: 'listAttachments',
        summary: 'The files of a task, oldest first',
        tags: ['attachments'],
        security,
        params: IdParams,
        response: { 200: AttachmentList, ...refusals(404) },
      },
    },
    async ({ identity, params }) => {
      await requireReadableTask(sql, identity, params.id);
      const items = await sql<Attachment[]>`
        select ${attachmentColumns(sql)} from attachments a where a.task_id = ${params.id} and a.sha256 is not null order by a.id`;
      return { items };
    },
  );
}
