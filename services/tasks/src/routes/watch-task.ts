import { IdParams } from '@taskflow/contracts/primitives';
import { Watch } from '@taskflow/contracts/tasks';
import type { Identity } from '@taskflow/http/identity';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { Sql } from '@taskflow/postgres/database';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { refusals, security } from '../responses.ts';

const schema = { tags: ['tasks'], security, params: IdParams, response: { 200: Watch, ...refusals(403, 404) } };

/** Watching is the person's own affair: no change to the task, so no If-Match and no event. */
export function watchTask(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/:id/watch',
    { schema: { ...schema, operationId: 'getWatch', summary: 'Whether you, and who else, watch a task' } },
    (request) => readWatch(sql, request.identity, request.params.id),
  );
  app.put('/tasks/:id/watch', { schema: { ...schema, operationId: 'watchTask', summary: 'Hear of what happens to a task' } }, (request) =>
    setWatch(sql, request.identity, request.params.id, true),
  );
  app.delete('/tasks/:id/watch', { schema: { ...schema, operationId: 'unwatchTask', summary: 'Mute a task' } }, (request) =>
    setWatch(sql, request.identity, request.params.id, false),
  );
}

async function setWatch(sql: Sql, identity: Identity, id: string, watching: boolean) {
  await sql`
    insert into watchers (task_id, user_id, watching)
    select t.id, ${identity.userId}, ${watching}
    from tasks t join projects p on p.id = t.project_id
    where t.id = ${id} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}
    on conflict (task_id, user_id) do update set watching = excluded.watching`;
  return readWatch(sql, identity, id);
}

async function readWatch(sql: Sql, identity: Identity, id: string) {
  const [row] = await sql<Array<{ watcherIds: string[] }>>`
    select array(
      select person from (
        select unnest(t.assignee_ids) as person union select t.created_by
        union select user_id from watchers where task_id = t.id and watching
      ) as people
      where person not in (select user_id from watchers where task_id = t.id and not watching)
      order by person
    ) as "watcherIds"
    from tasks t join projects p on p.id = t.project_id
    where t.id = ${id} and t.deleted_at is null and p.deleted_at is null and ${may(sql, identity, 'project.read')}`;
  if (!row) throw problems.not_found();
  return { watching: row.watcherIds.includes(identity.userId), watcherIds: row.watcherIds };
}
