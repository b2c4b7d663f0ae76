-- A rule moves on from each task to the next one that it makes, so a task makes its successor at most once.
create table recurrences (
  task_id uuid primary key references tasks (id),
  -- RRULE of RFC 5545, and the date its count begins at
  rule text not null,
  starts_on date not null,
  time_zone text not null
);

-- The address of a person's calendar feed holds a secret; only its SHA-256 is kept.
create table calendar_tokens (
  user_id uuid primary key,
  token_hash bytea not null unique,
  created_at timestamptz not null default now()
);
