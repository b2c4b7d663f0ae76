-- Calendars and timelines show when work begins: cards and events say it too.

create or replace function board_json(project projects) returns json language sql stable as $$
  with progress as (
    select parent_id, json_build_array(count(*) filter (where columns.category = 'done'), count(*)) as subtasks
    from tasks subtask join columns on columns.id = subtask.column_id
    where subtask.project_id = project.id and parent_id is not null and deleted_at is null
    group by parent_id
  ), cards as (
    select column_id, json_agg(json_strip_nulls(json_build_object(
      'id', task.id, 'number', number, 'title', title, 'rank', rank, 'version', version,
      'priority', nullif(priority, 'none'),
      'assigneeIds', case when assignee_ids <> '{}' then assignee_ids end,
      'labelIds', case when label_ids <> '{}' then label_ids end,
      'startDate', start_date, 'dueDate', due_date, 'estimate', estimate, 'parentId', task.parent_id, 'subtasks', progress.subtasks,
      'comments', nullif(comment_count, 0))) order by rank) as cards
    from tasks task left join progress on progress.parent_id = task.id
    where project_id = project.id and deleted_at is null
    group by column_id
  )
  select json_build_object('projectId', project.id, 'key', project.key, 'columns', (
    select coalesce(json_agg(json_build_object(
      'id', id, 'name', name, 'category', category, 'wipLimit', wip_limit, 'version', version,
      'cards', coalesce(cards.cards, '[]')) order by position), '[]')
    from columns left join cards on cards.column_id = columns.id
    where project_id = project.id))
$$;

create or replace function task_snapshot(task tasks) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', task.id, 'humanId', task.human_id, 'title', task.title, 'columnId', task.column_id,
    'category', (select category from columns where id = task.column_id),
    'priority', task.priority, 'assigneeIds', to_jsonb(task.assignee_ids), 'labelIds', to_jsonb(task.label_ids),
    'parentId', task.parent_id, 'startDate', task.start_date, 'dueDate', task.due_date, 'estimate', task.estimate,
    'createdAt', rfc3339(task.created_at), 'version', task.version, 'deleted', task.deleted_at is not null)
$$;
