import type { ProjectExport } from '@taskflow/contracts/export';
import type { Identity } from '@taskflow/http/identity';
import { problems } from '@taskflow/http/problem';
import type { Sql } from '@taskflow/postgres/database';
import { may } from '../authorisation.ts';

/**
 * Everything of a project but what was deleted, in one statement and so as of one moment.
 * @throws Problem 404 for a project that the person may not see
 */
export async function readProjectExport(sql: Sql, identity: Identity, id: string): Promise<ProjectExport> {
  const [row] = await sql<Array<{ document: ProjectExport }>>`
    with project as materialized (
      select p.* from projects p where p.id = ${id} and p.deleted_at is null and ${may(sql, identity, 'project.read')}
    ), cols as (
      select c.id, c.name, c.category, c.wip_limit, row_number() over (order by c.position) - 1 as place
      from columns c join project on c.project_id = project.id
    ), live as (
      select t.*, cols.place from project join tasks t on t.project_id = project.id join cols on cols.id = t.column_id
      where t.deleted_at is null
    ), used as (
      select l.id, l.name, l.color from labels l join project on l.workspace_id = project.workspace_id
      where l.project_id = project.id or (l.project_id is null and exists (select from live where l.id = any(live.label_ids)))
    )
    select jsonb_build_object(
      'format', 'taskflow', 'version', 1,
      'project', jsonb_build_object('id', project.id, 'key', key, 'name', name, 'description', description),
      'columns', (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'category', category, 'wipLimit', wip_limit) order by place), '[]') from cols),
      'labels', (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'color', color) order by lower(name)), '[]') from used),
      'tasks', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'number', t.number, 'title', t.title, 'description', t.description, 'column', t.place, 'priority', t.priority,
          'assignees', (select coalesce(jsonb_agg(handle order by handle), '[]') from people
                        where workspace_id = t.workspace_id and user_id = any(t.assignee_ids)),
          'labels', (select coalesce(jsonb_agg(name order by lower(name)), '[]') from used where used.id = any(t.label_ids)),
          'startDate', t.start_date, 'dueDate', t.due_date, 'estimate', t.estimate,
          'parent', (select number from live parent where parent.id = t.parent_id),
          'createdBy', (select handle from people where workspace_id = t.workspace_id and user_id = t.created_by),
          'createdAt', rfc3339(t.created_at),
          'recurrence', (select jsonb_build_object('rule', rule, 'startsOn', starts_on, 'timeZone', time_zone) from recurrences where task_id = t.id),
          'comments', (select coalesce(jsonb_agg(jsonb_build_object(
                         'author', (select handle from people where workspace_id = t.workspace_id and user_id = author_id),
                         'body', body, 'createdAt', rfc3339(c.created_at)) order by c.id), '[]')
                       from comments c where c.task_id = t.id and c.deleted_at is null),
          'attachments', (select coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'contentType', content_type, 'size', size) order by a.id), '[]')
                          from attachments a where a.task_id = t.id and sha256 is not null)) order by t.place, t.rank), '[]')
        from live t),
      'relations', (
        select coalesce(jsonb_agg(jsonb_build_object('type', type, 'from', a.number, 'to', b.number) order by a.number, b.number, type), '[]')
        from relations r join live a on a.id = r.from_task join live b on b.id = r.to_task)) as document
    from project`;
  if (!row) throw problems.not_found();
  return row.document;
}

/** A file name that every system takes. */
export const fileName = (key: string, extension: string): string => `attachment; filename="${key.toLowerCase()}.${extension}"`;
