import { MemberParams } from '@taskflow/contracts/tasks';
import { ifMatchVersion } from '@taskflow/http/conditional';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { lockProject, touchProject } from '../project.ts';
import { security, writeRefusals } from '../responses.ts';

export function removeProjectMember(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/projects/:id/members/:userId',
    {
      schema: {
        operationId: 'removeProjectMember',
        summary: 'Take the role in the project from a person. If-Match names the version of the project',
        tags: ['projects'],
        security,
        params: MemberParams,
        response: { 204: Type.Null(), ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { id, userId } = request.params;
      const version = ifMatchVersion(request);
      await transaction(sql, async (tx) => {
        const { members } = await lockProject(tx, request.identity, id, { version });
        const from = members.find((member) => member.userId === userId);
        if (!from) throw common.not_found();
        await tx`delete from project_members where project_id = ${id} and user_id = ${userId}`;
        await touchProject(tx, id);
        await recordProjectEvent(tx, eventContext(request), 'project.updated', id, { changes: [{ field: 'members', from, to: null }] });
      });
      return reply.code(204).send(null);
    },
  );
}
