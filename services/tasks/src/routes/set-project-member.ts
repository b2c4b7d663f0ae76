import { MemberParams, Project, SetProjectMember } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { problems } from '../problems.ts';
import { lockProject, readProject, touchProject } from '../project.ts';
import { security, writeRefusals } from '../responses.ts';

export function setProjectMember(app: Server, { sql, directory }: Context): void {
  app.put(
    '/tasks/projects/:id/members/:userId',
    {
      schema: {
        operationId: 'setProjectMember',
        summary: 'Give a person of the workspace a role in the project. If-Match names the version of the project',
        tags: ['projects'],
        security,
        params: MemberParams,
        body: SetProjectMember,
        response: { 200: Project, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity, params, body } = request;
      const version = ifMatchVersion(request);
      await directory.requireFresh(identity, [params.userId]);
      const project = await transaction(sql, async (tx) => {
        const { members, workspaceId } = await lockProject(tx, identity, params.id, { version });
        const [person] = await tx`select from people where workspace_id = ${workspaceId} and user_id = ${params.userId}`;
        if (!person) throw problems.not_in_workspace();
        await tx`
          insert into project_members (project_id, user_id, role) values (${params.id}, ${params.userId}, ${body.role})
          on conflict (project_id, user_id) do update set role = excluded.role`;
        await touchProject(tx, params.id);
        const from = members.find(({ userId }) => userId === params.userId) ?? null;
        const to = { userId: params.userId, role: body.role };
        await recordProjectEvent(tx, eventContext(request), 'project.updated', params.id, { changes: [{ field: 'members', from, to }] });
        return readProject(tx, identity, params.id);
      });
      reply.header('etag', etag(project.version));
      return project;
    },
  );
}
