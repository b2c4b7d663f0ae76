import { IdParams } from '@taskflow/contracts/primitives';
import { type Relation, RelationList } from '@taskflow/contracts/tasks';
import type { Server } from '@taskflow/http/server';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { requireReadableTask } from '../readable.ts';
import { refusals, security } from '../responses.ts';

const INVERSE = { blocks: 'blocked_by', duplicates: 'duplicated_by', relates: 'relates' };

export function listRelations(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/:id/relations',
    {
      schema: {
        operationId: 'listRelations',
        summary: 'What a task blocks, duplicates or relates to, and the inverse, as seen from it',
        tags: ['relations'],
        security,
        params: IdParams,
        response: { 200: RelationList, ...refusals(404) },
      },
    },
    async ({ identity, params: { id } }) => {
      await requireReadableTask(sql, identity, id);
      const items = await sql<Relation[]>`
        select r.id, case when r.from_task = ${id} then r.type else ${sql.json(INVERSE)}::jsonb ->> r.type end as type,
               jsonb_build_object('id', t.id, 'humanId', t.human_id, 'title', t.title,
                                  'category', (select category from columns where id = t.column_id)) as task,
               r.created_by as "createdBy", rfc3339(r.created_at) as "createdAt"
        from (select * from relations where from_task = ${id} union all select * from relations where to_task = ${id}) as r
        join tasks t on t.id = case when r.from_task = ${id} then r.to_task else r.from_task end
        join projects p on p.id = t.project_id
        where t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}
        order by r.id`;
      return { items };
    },
  );
}
