import { SetViewing, Viewers } from '@taskflow/contracts/feed';
import { IdParams } from '@taskflow/contracts/primitives';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import type { Feed } from '../feed/feed.ts';
import { announce } from '../feed/viewers.ts';
import { refusals, security } from '../responses.ts';

/** Seen by whoever sees the task, as `event: viewing` of their streams. */
export function setViewing(app: Server, { sql }: Context, { viewers }: Feed): void {
  app.put(
    '/tasks/:id/viewing',
    {
      schema: {
        operationId: 'setViewing',
        summary: 'You have a task open, or no longer',
        description: 'Say it every 20 seconds while the task is open: it is forgotten after 45.',
        tags: ['feed'],
        security,
        params: IdParams,
        body: SetViewing,
        response: { 200: Viewers, ...refusals(400, 403, 404) },
      },
    },
    async ({ identity, params: { id }, body }) => {
      const [task] = await sql<Array<{ projectId: string; workspaceId: string }>>`
        select p.id as "projectId", p.workspace_id as "workspaceId"
        from tasks t join projects p on p.id = t.project_id
        where t.id = ${id} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
      if (!task) throw problems.not_found();
      await announce(sql, { ...task, ...body, taskId: id, userId: identity.userId });
      return { userIds: [...new Set([...viewers.of(id), ...(body.viewing ? [identity.userId] : [])])].sort() };
    },
  );
}
