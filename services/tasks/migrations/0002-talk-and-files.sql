-- What people add to tasks: comments, relations, attachments. And many tasks entering a column at once.

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

