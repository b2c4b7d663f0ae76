import { IdParams } from '@taskflow/contracts/primitives';
import { type Attachment, AttachmentList } from '@taskflow/contracts/tasks';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { attachmentColumns } from '../attachments/attachments.ts';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
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
      const [task] = await sql`
        select from tasks t join projects p on p.id = t.project_id
        where t.id = ${params.id} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
      if (!task) throw problems.not_found();
      const items = await sql<Attachment[]>`
        select ${attachmentColumns(sql)} from attachments a where a.task_id = ${params.id} and a.sha256 is not null order by a.id`;
      return { items };
    },
  );
}
