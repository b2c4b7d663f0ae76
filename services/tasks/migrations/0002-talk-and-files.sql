-- What people add to tasks: comments, relations, attachments. And many tasks entering a column at once.

alter table tasks add column comment_count integer not null default 0;

create table comments (
  id uuid primary key,
  task_id uuid not null references tasks (id),
  author_id uuid not null,
  body text not null,
  mention_ids uuid[] not null default '{}',
  -- names somebody whom the directory could not be asked about; looked up again when auth is back
  mentions_pending boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  version integer not null default 1
);
create index comments_task on comments (task_id, id);
create index comments_pending on comments (id) where mentions_pending;

-- A board shows how many comments a card has; counted as they come, without touching the version of the task.
create function count_comments() returns trigger language plpgsql as $$
begin
  update tasks set comment_count = comment_count + case when new.deleted_at is null then 1 else -1 end where id = new.task_id;
  return null;
end $$;
create trigger comments_created after insert on comments for each row execute function count_comments();
create trigger comments_deleted after update of deleted_at on comments
  for each row when ((new.deleted_at is null) <> (old.deleted_at is null)) execute function count_comments();

-- "from_task blocks to_task", and so on. One relation of a kind between two tasks, whichever way round.
create table relations (
  id uuid primary key,
  type text not null check (type in ('blocks', 'duplicates', 'relates')),
  from_task uuid not null references tasks (id),
  to_task uuid not null references tasks (id),
  created_by uuid not null,
  created_at timestamptz not null default now(),
  constraint relations_not_itself check (from_task <> to_task)
);
create unique index relations_pair on relations (type, least(from_task, to_task), greatest(from_task, to_task));
create index relations_from on relations (from_task);
create index relations_to on relations (to_task);

create table attachments (
  id uuid primary key,
  task_id uuid not null references tasks (id),
  name text not null,
  content_type text not null,
  size bigint not null default 0,
  -- of the content, in hex; null while it is being uploaded
  sha256 text,
  -- where the content is: 'postgres' (attachment_chunks) or 'folder'
  storage text not null check (storage in ('postgres', 'folder')),
  created_by uuid not null,
  created_at timestamptz not null default now()
);
create index attachments_task on attachments (task_id, id);
create index attachments_unfinished on attachments (created_at) where sha256 is null;

create table attachment_chunks (
  attachment_id uuid not null references attachments (id) on delete cascade,
  position integer not null,
  data bytea not null,
  primary key (attachment_id, position)
);
-- Content is mostly compressed already.
alter table attachment_chunks alter column data set storage external;

create function rank_number(rank text) returns bigint language sql immutable as $$
  select sum((strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(rank, place, 1)) - 1)
             * (62 ^ (6 - place))::bigint)::bigint
  from generate_series(1, 6) as place
$$;

-- Ranks at the end of a column for many tasks, in the order given; those that are in it already keep theirs. The same lock
-- and the same limit as place_task.
create function append_tasks(p_column uuid, p_tasks uuid[], p_force boolean) returns table (task_id uuid, rank text)
language plpgsql volatile as $$
declare
  column_limit integer;
  entering uuid[];
  base bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_column::text, 1));
  select array_agg(id order by place) into entering
  from unnest(p_tasks) with ordinality as named(id, place)
  where not exists (select from tasks where tasks.id = named.id and column_id = p_column);
  if entering is null then return; end if;
  select wip_limit into column_limit from columns where id = p_column;
  if not p_force and column_limit is not null
     and (select count(*) from tasks where column_id = p_column and deleted_at is null) + cardinality(entering) > column_limit then
    raise exception using errcode = 'TF001', message = format('the column takes %s tasks', column_limit);
  end if;
  select coalesce(rank_number(max(tasks.rank)), rank_number('U00000') - 1) into base from tasks where column_id = p_column;
  return query select id, rank_head(base + place) from unnest(entering) with ordinality as placed(id, place);
end $$;

-- Names in a text that @mention people, in lower case. Code is not looked into, and an e-mail address mentions nobody.
create function mentioned_handles(body text) returns text[] language sql immutable as $$
  select coalesce(array_agg(distinct lower(found[1])), '{}')
  from regexp_matches(regexp_replace(body, '```.*?```|`[^`]*`', ' ', 'g'),
                      '(?:^|[^[:alnum:]_@/.-])@([[:alnum:]][[:alnum:]_-]{1,31})', 'g') as found
$$;

create function mentioned_people(p_workspace uuid, body text) returns uuid[] language sql stable as $$
  select coalesce(array_agg(user_id), '{}')
  from people where workspace_id = p_workspace and lower(handle) = any (mentioned_handles(body))
$$;

-- As before, and: who is newly mentioned in the description is told; a changed comment concerns nobody but those whom it
-- newly mentions.
create or replace function record_task_event(
  p_context jsonb, p_type text, p_before tasks, p_after tasks, p_body jsonb default '{}', p_mentions uuid[] default '{}'
) returns void language plpgsql volatile as $$
declare
  is_new constant boolean := (p_before).id is null;
  actor constant uuid := p_context -> 'actor' ->> 'userId';
  notify jsonb;
begin
  if is_new or p_after.description <> (p_before).description then
    p_mentions := p_mentions || array(
      select unnest(mentioned_people(p_after.workspace_id, p_after.description))
      except select unnest(mentioned_people(p_after.workspace_id, (p_before).description)));
  end if;
  select coalesce(jsonb_agg(jsonb_build_object('userId', user_id, 'reason', reason)), '[]') into notify
  from (
    select distinct on (user_id) user_id, reason
    from (
      select unnest(p_mentions) as user_id, 'mentioned' as reason, 1 as weight
      union all
      select assignee, case when is_new or assignee <> all ((p_before).assignee_ids) then 'assigned'
                            when p_type = 'comment.created' then 'commented' else 'watching' end, 2
      from unnest(p_after.assignee_ids) as assignee
      where p_type <> 'comment.updated'
      union all
      select user_id, case when p_type = 'comment.created' then 'commented' else 'watching' end, 3
      from (select p_after.created_by as user_id union select user_id from watchers where task_id = p_after.id and watching) as others
      where p_type <> 'comment.updated'
    ) as candidates
    where user_id is distinct from actor
      and (reason in ('mentioned', 'assigned')
           or user_id not in (select user_id from watchers where task_id = p_after.id and not watching))
    order by user_id, weight
  ) as audience
  join people using (user_id)
  join projects project on project.id = p_after.project_id
  where people.workspace_id = p_after.workspace_id
    and p_context -> 'readers' -> people.role ? standing(project, user_id);
  perform record_event(p_context, p_type, p_after.workspace_id, p_after.project_id, p_after.id,
    jsonb_build_object(
      'changes', case when is_new then '[]' else field_changes(task_fields(p_before), task_fields(p_after)) end,
      'task', task_snapshot(p_after), 'data', jsonb_build_object('rank', p_after.rank), 'notify', notify)
    || p_body);
end $$;

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
      'dueDate', due_date, 'estimate', estimate, 'parentId', task.parent_id, 'subtasks', progress.subtasks,
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
