-- Projects as their last snapshot said: who may see them, and what their columns mean.
create table projects (
  id uuid primary key,
  workspace_id uuid not null,
  key text not null,
  name text not null,
  private boolean not null,
  member_ids uuid[] not null,
  deleted boolean not null
);

-- A deleted column stays: the past of tasks lies in it.
create table columns (
  id uuid primary key,
  project_id uuid not null,
  name text not null,
  category text not null check (category in ('todo', 'active', 'done')),
  position integer not null,
  deleted boolean not null
);
create index columns_project on columns (project_id);

create table tasks (
  id uuid primary key,
  project_id uuid not null,
  human_id text not null,
  title text not null,
  column_id uuid not null,
  -- of the column, as it is categorised now
  category text not null,
  created_at timestamptz not null,
  -- time of the last change to column or deletion; no later one counts as earlier
  changed_at timestamptz not null,
  -- first entry to an active column
  started_at timestamptz,
  -- entry to done from a column that is not; null while it is not done, and when it was never seen elsewhere
  done_at timestamptz,
  -- rounded as in src/flow/durations.ts; null while it is not done, cycle_seconds also when it was never started
  cycle_seconds integer,
  lead_seconds integer,
  -- rows in visits
  visits integer not null,
  version integer not null,
  deleted boolean not null
) with (fillfactor = 80);
create index tasks_completed on tasks (project_id, done_at) include (cycle_seconds, lead_seconds) where done_at is not null and not deleted;
create index tasks_in_progress on tasks (project_id, started_at) where category = 'active' and not deleted;

-- Every column a task was in, in order. Read again only when a column changes its category, and then only for the tasks
-- that were in it.
create table visits (
  task_id uuid not null,
  number integer not null,
  column_id uuid not null,
  entered_at timestamptz not null,
  primary key (task_id, number)
);
create index visits_column on visits (column_id, task_id);

-- Tasks that came to a column less those that left it. Quarters of an hour, because all time zones of today differ from
-- UTC by a whole number of them: the day of any of them is a sum of quarters. UTC days save summing long pasts.
create table flow_quarters (
  project_id uuid not null,
  quarter timestamptz not null,
  column_id uuid not null,
  change integer not null,
  primary key (project_id, quarter, column_id)
);
create table flow_days (
  project_id uuid not null,
  day timestamptz not null,
  column_id uuid not null,
  change integer not null,
  primary key (project_id, day, column_id)
);

create table completed_quarters (
  project_id uuid not null,
  quarter timestamptz not null,
  tasks integer not null,
  primary key (project_id, quarter)
);

-- How many tasks, completed on this UTC day, took how long (rounded): percentiles are read from here.
create table completed_durations (
  project_id uuid not null,
  day timestamptz not null,
  measure text not null check (measure in ('cycle', 'lead')),
  seconds integer not null,
  tasks integer not null,
  primary key (project_id, measure, day, seconds)
);
