import { IdParams } from '@taskflow/contracts/primitives';
import { ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { lockProject } from '../project.ts';
import { security, writeRefusals } from '../responses.ts';

export function deleteProject(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/projects/:id',
    {
      schema: {
        operationId: 'deleteProject',
        summary: 'Delete a project with all that is in it; it can be restored',
        tags: ['projects'],
        security,
        params: IdParams,
        response: { 204: Type.Null(), ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const version = ifMatchVersion(request);
      await transaction(sql, async (tx) => {
        await lockProject(tx, request.identity, id, { version, archived: true });
        await tx`update projects set deleted_at = now(), updated_at = now(), version = version + 1 where id = ${id}`;
        await recordProjectEvent(tx, eventContext(request), 'project.deleted', id);
      });
      return reply.code(204).send(null);
    },
  );
}
