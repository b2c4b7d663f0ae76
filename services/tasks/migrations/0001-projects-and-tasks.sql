-- People of a workspace, as auth's directory last said. A copy, so that statements can ask in one round trip who may see
-- what, also while auth is away.
create table people (
  workspace_id uuid not null,
  user_id uuid not null,
  role text not null check (role in ('owner', 'admin', 'member', 'guest')),
  name text not null,
  handle text not null,
  primary key (workspace_id, user_id)
);
create index people_handle on people (workspace_id, lower(handle));

create table projects (
  id uuid primary key,
  workspace_id uuid not null,
  key text not null check (key ~ '^[A-Z][A-Z0-9]{1,9}$'),
  name text not null,
  description text not null default '',
  private boolean not null default false,
  archived boolean not null default false,
  -- number of the newest task: raised in the statement that creates one, so human ids have no gaps
  last_number integer not null default 0,
  version integer not null default 1,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint projects_key unique (workspace_id, key)
) with (fillfactor = 80);

create table project_members (
  project_id uuid not null references projects (id),
  user_id uuid not null,
  role text not null check (role in ('lead', 'editor', 'viewer')),
  primary key (project_id, user_id)
);
create index project_members_user on project_members (user_id);

create table columns (
  id uuid primary key,
  project_id uuid not null references projects (id),
  name text not null,
  category text not null check (category in ('todo', 'active', 'done')),
  wip_limit integer check (wip_limit > 0),
  position integer not null,
  version integer not null default 1,
  constraint columns_position unique (project_id, position) deferrable initially deferred,
  -- what the composite foreign key of tasks refers to: a task's column is one of its own project
  unique (project_id, id)
);

create table tasks (
  id uuid primary key,
  workspace_id uuid not null,
  project_id uuid not null references projects (id),
  number integer not null,
  human_id text not null,
  title text not null,
  description text not null default '',
  column_id uuid not null,
  -- order within the column; see place_task
  rank text collate "C" not null,
  priority text not null default 'none' check (priority in ('none', 'low', 'medium', 'high', 'urgent')),
  assignee_ids uuid[] not null default '{}',
  label_ids uuid[] not null default '{}',
  start_date date,
  due_date date,
  estimate double precision check (estimate >= 0),
  parent_id uuid,
  comment_count integer not null default 0,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  version integer not null default 1,
  constraint tasks_number unique (project_id, number),
  -- Deferrable for two reasons: an UPDATE of a column of an immediate unique index locks its row against the foreign keys of
  -- others, so that a move would wait for a comment; and rebalancing may pass through equal ranks.
  constraint tasks_rank unique (column_id, rank) deferrable initially immediate,
  constraint tasks_project unique (project_id, id),
  constraint tasks_column foreign key (project_id, column_id) references columns (project_id, id),
  constraint tasks_parent foreign key (project_id, parent_id) references tasks (project_id, id),
  constraint tasks_dates check (start_date <= due_date)
) with (fillfactor = 80);
create index tasks_human_id on tasks (human_id, workspace_id);
create index tasks_parent_id on tasks (parent_id) where parent_id is not null;
create index tasks_labels on tasks using gin (label_ids);
create index tasks_assignees on tasks using gin (assignee_ids);
create index tasks_due on tasks (project_id, due_date) where due_date is not null;

create table watchers (
  task_id uuid not null references tasks (id),
  user_id uuid not null,
  -- false: the person muted a task that would otherwise be watched by itself
  watching boolean not null,
  primary key (task_id, user_id)
);

-- Transactional outbox and history in one. `payload` is a ChangeEvent (contracts/events.ts) without its cursor.
create table events (
  xid xid8 not null default pg_current_xact_id(),
  seq bigint generated always as identity primary key,
  id uuid not null unique,
  workspace_id uuid not null,
  project_id uuid,
  task_id uuid,
  type text not null,
  payload jsonb not null,
  occurred_at timestamptz not null
);
create index events_order on events (xid, seq);
create index events_project on events (project_id, seq);
create index events_task on events (task_id, seq) where task_id is not null;

-- PostgreSQL delivers equal notifications of one transaction once.
create function notify_events() returns trigger language plpgsql as $$
begin
  perform pg_notify('task_events', '');
  return null;
end $$;
create trigger events_notify after insert on events for each statement execute function notify_events();

-- A UUID of version 7 (RFC 9562, 5.7): 48 bits of milliseconds, then random bits.
create function uuid7() returns uuid language sql volatile as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
              from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
$$;

create function rfc3339(moment timestamptz) returns text language sql immutable as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- What a person is in a project: the project role, else 'open' or 'closed' as the project is to its workspace. Together
-- with the workspace role it is what the table in src/authorisation.ts is asked for.
create function standing(project projects, person uuid) returns text language sql stable as $$
  select coalesce(
    (select role from project_members where project_id = project.id and user_id = person),
    case when project.private then 'closed' else 'open' end)
$$;

-- Order within a column is a rank: a string that sorts (collation C) where the task stands. It has six digits in base 62,
-- then a fraction of any length. The ends count down and up, so that only insertions between neighbours lengthen a rank.
-- Invariant: no fraction ends in '0', so there is always room before it.
create function rank_head(number bigint) returns text language sql immutable as $$
  select string_agg(substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
                           (number / (62 ^ place)::bigint % 62)::integer + 1, 1), '' order by place desc)
  from generate_series(0, 5) as place
$$;

create function rank_number(rank text) returns bigint language sql immutable as $$
  select sum((strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(rank, place, 1)) - 1)
             * (62 ^ (6 - place))::bigint)::bigint
  from generate_series(1, 6) as place
$$;

create function rank_between(lower text, upper text) returns text language plpgsql immutable as $$
declare
  digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  result text := '';
  low integer;
  high integer;
begin
  if lower is null and upper is null then return 'U00000'; end if;
  if lower is null then return rank_head(rank_number(upper) - 1); end if;
  if upper is null then return rank_head(rank_number(lower) + 1); end if;
  for place in 1..length(lower) + length(upper) + 1 loop
    low := strpos(digits, substr(lower, place, 1)) - 1; -- 0 past the end: strpos finds '' at 1
    high := case when upper is null then 62 else strpos(digits, substr(upper, place, 1)) - 1 end;
    if high - low > 1 then
      result := result || substr(digits, (low + high) / 2 + 1, 1);
      return rpad(result, greatest(length(result), 6), '0');
    end if;
    result := result || substr(digits, low + 1, 1);
    if high > low then upper := null; end if;
  end loop;
  raise exception 'no rank between % and %', lower, upper;
end $$;

-- The rank for a task that enters a column or moves in it: before or after another task, else at the end. One at a time per
-- column until the transaction ends, so that ranks are never equal and the limit is never passed by two at once. Callers
-- lock the task's row first (rows before columns: no deadlocks). Volatile, so that it sees what committed while it waited.
create function place_task(p_column uuid, p_task uuid, p_before uuid, p_after uuid, p_force boolean) returns text
language plpgsql volatile as $$
declare
  longest constant integer := 40;
  column_limit integer;
  lower_rank text;
  upper_rank text;
  result text;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_column::text, 1));
  select wip_limit into column_limit from columns where id = p_column;
  if not p_force and column_limit is not null
     and not exists (select from tasks where id = p_task and column_id = p_column and deleted_at is null)
     and (select count(*) from tasks where column_id = p_column and deleted_at is null) >= column_limit then
    raise exception using errcode = 'TF001', message = format('the column takes %s tasks', column_limit);
  end if;
  for attempt in 1..2 loop
    if p_before is not null then
      select rank into upper_rank from tasks
      where id = p_before and id is distinct from p_task and column_id = p_column and deleted_at is null;
      if not found then raise exception using errcode = 'TF002', message = 'before names no task of this column'; end if;
      select max(rank) into lower_rank from tasks where column_id = p_column and rank < upper_rank and id is distinct from p_task;
    else
      if p_after is not null then
        select rank into lower_rank from tasks
        where id = p_after and id is distinct from p_task and column_id = p_column and deleted_at is null;
        if not found then raise exception using errcode = 'TF002', message = 'after names no task of this column'; end if;
      else
        select max(rank) into lower_rank from tasks where column_id = p_column and id is distinct from p_task;
      end if;
      select min(rank) into upper_rank from tasks where column_id = p_column and rank > lower_rank and id is distinct from p_task;
    end if;
    result := rank_between(lower_rank, upper_rank);
    exit when length(result) <= longest or not rebalance_column(p_column, p_task);
  end loop;
  return result;
end $$;

-- Gives the tasks of a column short ranks again, above all present ones, in the same order. Readers are told to read the
-- board anew by a column.updated event. When a task of it is being changed right now it does nothing and says false.
create function rebalance_column(p_column uuid, p_except uuid) returns boolean language plpgsql volatile as $$
begin
  perform from tasks where column_id = p_column and id is distinct from p_except for no key update nowait;
  update tasks set rank = rank_head(top.number + ordered.place)
  from (select id, row_number() over (order by rank) as place from tasks where column_id = p_column and id is distinct from p_except) as ordered,
       (select rank_number(max(rank)) as number from tasks where column_id = p_column) as top
  where tasks.id = ordered.id;
  perform record_event(
    '{"actor": {"userId": null, "name": "TaskFlow"}}', 'column.updated', project.workspace_id, project.id, null,
    jsonb_build_object(
      'changes', jsonb_build_array(jsonb_build_object('field', 'ranks', 'from', null, 'to', null)),
      'project', project_snapshot(project), 'data', jsonb_build_object('columnId', p_column), 'notify', '[]'::jsonb))
  from projects project where id = (select project_id from columns where id = p_column);
  return true;
exception when lock_not_available then
  return false;
end $$;

-- Writes one event. p_context is eventContext() of src/events.ts; p_body has changes, notify and what else the type carries.
create function record_event(p_context jsonb, p_type text, p_workspace uuid, p_project uuid, p_task uuid, p_body jsonb) returns void
language plpgsql volatile as $$
declare
  event_id constant uuid := uuid7();
  moment constant timestamptz := clock_timestamp();
begin
  insert into events (id, workspace_id, project_id, task_id, type, occurred_at, payload)
  values (event_id, p_workspace, p_project, p_task, p_type, moment,
    jsonb_build_object('id', event_id, 'type', p_type, 'occurredAt', rfc3339(moment), 'workspaceId', p_workspace,
                       'projectId', p_project, 'taskId', p_task)
    || (p_context - 'readers') || p_body);
end $$;

-- ProjectSnapshot of contracts/events.ts. Volatile: called after changes of the same transaction.
create function project_snapshot(project projects) returns jsonb language sql volatile as $$
  select jsonb_build_object(
    'id', project.id, 'workspaceId', project.workspace_id, 'key', project.key, 'name', project.name, 'private', project.private,
    'members', (select coalesce(jsonb_agg(jsonb_build_object('userId', user_id, 'role', role) order by user_id), '[]')
                from project_members where project_id = project.id),
    'columns', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'category', category) order by position), '[]')
                from columns where project_id = project.id),
    'deleted', project.deleted_at is not null)
$$;

-- TaskSnapshot of contracts/events.ts
create function task_snapshot(task tasks) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', task.id, 'humanId', task.human_id, 'title', task.title, 'columnId', task.column_id,
    'category', (select category from columns where id = task.column_id),
    'priority', task.priority, 'assigneeIds', to_jsonb(task.assignee_ids), 'labelIds', to_jsonb(task.label_ids),
    'parentId', task.parent_id, 'dueDate', task.due_date, 'estimate', task.estimate,
    'createdAt', rfc3339(task.created_at), 'version', task.version, 'deleted', task.deleted_at is not null)
$$;

-- Task of contracts/tasks.ts: what the API answers
create function task_json(task tasks) returns jsonb language sql stable as $$
  select task_snapshot(task) - 'deleted' || jsonb_build_object(
    'workspaceId', task.workspace_id, 'projectId', task.project_id, 'description', task.description, 'rank', task.rank,
    'startDate', task.start_date, 'createdBy', task.created_by, 'updatedAt', rfc3339(task.updated_at),
    'deletedAt', rfc3339(task.deleted_at),
    'subtasks', (select jsonb_build_object('total', count(*), 'done', count(*) filter (where category = 'done'))
                 from tasks subtask join columns on columns.id = subtask.column_id
                 where subtask.parent_id = task.id and subtask.deleted_at is null))
$$;

-- The fields a person can change, for comparing before and after
create function task_fields(task tasks) returns jsonb language sql immutable as $$
  select jsonb_build_object(
    'title', task.title, 'description', task.description, 'columnId', task.column_id, 'priority', task.priority,
    'assigneeIds', to_jsonb(task.assignee_ids), 'labelIds', to_jsonb(task.label_ids), 'startDate', task.start_date,
    'dueDate', task.due_date, 'estimate', task.estimate, 'parentId', task.parent_id)
$$;

create function short_value(value jsonb) returns jsonb language sql immutable as $$
  select case when jsonb_typeof(value) = 'string' then to_jsonb(left(value #>> '{}', 5000)) else value end
$$;

-- Long texts are cut, so that an event stays small enough for whoever takes it.
create function field_changes(before jsonb, after jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(jsonb_build_object('field', key, 'from', short_value(before -> key), 'to', short_value(value)) order by key), '[]')
  from jsonb_each(after) where value is distinct from before -> key
$$;

-- Names in a text that @mention people, in lower case. Code is not looked into, and an e-mail address mentions nobody.
create function mentioned_handles(body text) returns text[] language sql immutable as $$
  select coalesce(array_agg(distinct lower(found[1])), '{}')
  from regexp_matches(regexp_replace(body, '```.*?```|`[^`]*`', ' ', 'g'),
                      '(?:^|[^[:alnum:]_@/.-])@([[:alnum:]][[:alnum:]_-]{1,31})', 'g') as found
$$;

create function mentioned_people(p_workspace uuid, body text) returns uuid[] language sql stable as $$
  select coalesce(array_agg(user_id), '{}')
  from unnest(mentioned_handles(body)) as mentioned join people on lower(people.handle) = mentioned
  where people.workspace_id = p_workspace
$$;

-- Writes the event of a change to a task: what changed, how it is now, and who should hear of it: who is mentioned (in a
-- comment, or newly in the description), newly assigned, assigned, watching or its creator, except the actor, people who
-- muted it and people who may not see it. A changed comment concerns nobody but those whom it newly mentions.
-- p_before is null for a new task, and equal to p_after for changes around it (comments, relations, attachments).
create function record_task_event(
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

-- Labels are the workspace's, or one project's.
create table labels (
  id uuid primary key,
  workspace_id uuid not null,
  project_id uuid references projects (id),
  name text not null,
  color text not null check (color ~ '^#[0-9a-f]{6}$'),
  version integer not null default 1
);
create unique index labels_name on labels (workspace_id, project_id, lower(name)) nulls not distinct;
create index labels_project on labels (project_id);

-- The new assignees of a task, or error TF004 when one who was not assigned before may not see the project.
create function check_assignees(p_project uuid, p_before uuid[], p_after uuid[], p_readers jsonb) returns uuid[]
language plpgsql stable as $$
begin
  if exists (
    select from unnest(p_after) as assignee
    where assignee <> all (p_before) and not exists (
      select from people join projects project using (workspace_id)
      where project.id = p_project and people.user_id = assignee and p_readers -> people.role ? standing(project, assignee)))
  then raise exception using errcode = 'TF004', message = 'an assignee may not see the project'; end if;
  return p_after;
end $$;

-- The new labels of a task, or error TF005 when the project has no such label. Locks them against being deleted meanwhile.
create function check_labels(p_project uuid, p_after uuid[]) returns uuid[] language plpgsql volatile as $$
begin
  perform from labels where id = any (p_after) order by id for key share;
  if (select count(*) from labels join projects project using (workspace_id)
      where project.id = p_project and labels.id = any (p_after) and coalesce(labels.project_id, p_project) = p_project)
     < cardinality(p_after)
  then raise exception using errcode = 'TF005', message = 'the project has no such label'; end if;
  return p_after;
end $$;

-- No task is above itself, whatever runs at the same time: changes of parents in a project go one at a time, and each looks
-- again when it has its turn (volatile: it sees what committed while it waited).
create function check_parent() returns trigger language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(new.project_id::text, 2));
  if exists (
    with recursive ancestors (id) as (
      select new.parent_id
      union
      select tasks.parent_id from tasks join ancestors on tasks.id = ancestors.id where tasks.parent_id is not null
    )
    select from ancestors where id = new.id)
  then raise exception using errcode = 'TF003', message = 'a task cannot be above itself'; end if;
  return new;
end $$;
create trigger tasks_check_parent before update of parent_id on tasks
  for each row when (new.parent_id is not null and new.parent_id is distinct from old.parent_id) execute function check_parent();

-- Board of contracts/tasks.ts, as small as can be: what is empty is left out. json, not jsonb: it is only passed on.
create function board_json(project projects) returns json language sql stable as $$
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
