import { IdParams } from '@taskflow/contracts/primitives';
import { CreateRelation, Relation, type RelationType } from '@taskflow/contracts/tasks';
import type { Server } from '@taskflow/http/server';
import { v7 } from 'uuid';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { problems } from '../problems.ts';
import { refuseTask } from '../refusal.ts';
import { refusals, security } from '../responses.ts';
import { lockTask } from '../task.ts';
import { onceInTransaction, writeAllOnce } from '../write.ts';

/** How a relation is kept: in one direction, whichever side it was made from. */
const KEPT: Record<RelationType, { type: 'blocks' | 'duplicates' | 'relates'; inverse: boolean }> = {
  blocks: { type: 'blocks', inverse: false },
  blocked_by: { type: 'blocks', inverse: true },
  duplicates: { type: 'duplicates', inverse: false },
  duplicated_by: { type: 'duplicates', inverse: true },
  relates: { type: 'relates', inverse: false },
};

export function createRelation(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/:id/relations',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'createRelation',
        summary: 'Relate a task to another one of the workspace',
        tags: ['relations'],
        security,
        params: IdParams,
        body: CreateRelation,
        response: { 201: Relation, ...refusals(403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { id } = request.params;
      const { type, taskId } = request.body;
      const kept = KEPT[type];
      return writeAllOnce(sql, reply, async (tx) => {
        const [target] = await tx<Array<{ workspaceId: string }>>`
          with target as (${lockTask(tx, identity, id, 'task.edit')}) select (task).workspace_id as "workspaceId" from target`;
        if (!target) return refuseTask(tx, identity, id, 'task.edit');
        const [other] = await tx<Array<Relation['task']>>`
          select t.id, t.human_id as "humanId", t.title, (select category from columns where id = t.column_id) as category
          from tasks t join projects p on p.id = t.project_id
          where t.id = ${taskId} and t.workspace_id = ${target.workspaceId} and t.deleted_at is null and p.deleted_at is null
            and ${may(tx, identity, 'project.read')}`;
        if (!other) throw problems.no_such_other_task();
        const [from, to] = kept.inverse ? [taskId, id] : [id, taskId];
        const [relation] = await tx<Array<Pick<Relation, 'id' | 'createdBy' | 'createdAt'>>>`
          insert into relations (id, type, from_task, to_task, created_by)
          values (${v7()}, ${kept.type}, ${from!}, ${to!}, ${identity.userId})
          returning id, created_by as "createdBy", rfc3339(created_at) as "createdAt"`;
        const data = { id: relation!.id, type: kept.type, fromTask: from!, toTask: to! };
        await tx`
          select record_task_event(${tx.json(eventContext(request))}, 'relation.created', t, t, ${tx.json({ data })})
          from tasks t where t.id in (${id}, ${taskId}) order by t.id`;
        reply.code(201);
        return { ...relation!, type, task: other };
      });
    },
  );
}
