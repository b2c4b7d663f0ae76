import { RelationParams } from '@taskflow/contracts/tasks';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseTask } from '../refusal.ts';
import { refusals, security } from '../responses.ts';
import { lockTask } from '../task.ts';

/** A relation never changes, so there is no version to name with If-Match. */
export function deleteRelation(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/:id/relations/:relationId',
    {
      schema: {
        operationId: 'deleteRelation',
        summary: 'Take a relation away, from either side',
        tags: ['relations'],
        security,
        params: RelationParams,
        response: { 204: Type.Null(), ...refusals(403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { id, relationId } = request.params;
      await transaction(sql, async (tx) => {
        const [target] = await tx`with target as (${lockTask(tx, identity, id, 'task.edit')}) select from target`;
        if (!target) return refuseTask(tx, identity, id, 'task.edit');
        const [data] = await tx<Array<{ id: string; type: string; fromTask: string; toTask: string }>>`
          delete from relations where id = ${relationId} and ${id} in (from_task, to_task)
          returning id, type, from_task as "fromTask", to_task as "toTask"`;
        if (!data) throw common.not_found();
        await tx`
          select record_task_event(${tx.json(eventContext(request))}, 'relation.deleted', t, t, ${tx.json({ data })})
          from tasks t where t.id in (${data.fromTask}, ${data.toTask}) order by t.id`;
      });
      return reply.code(204).send(null);
    },
  );
}
