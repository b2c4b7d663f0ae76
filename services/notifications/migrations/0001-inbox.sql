-- Who people are, as the latest batch that named them says.
create table people (
  user_id uuid primary key,
  name text not null,
  handle text not null,
  email text not null
);

-- Events taken in: what makes a repeated batch harmless. `body` is what webhooks get; it is kept only where one wanted it.
create table events (
  id uuid primary key,
  type text not null,
  body text,
  received_at timestamptz not null default now()
);
create index events_received on events (received_at);

create sequence inbox_changes;

-- What a person is told, on whichever channels. (xid, seq) is the position of its latest change in the
-- feed of GET /notifications/stream; see packages/postgres/src/outbox.ts for why both are needed.
create table notifications (
  id uuid primary key,
  user_id uuid not null,
  event_id uuid not null,
  reason text not null,
  type text not null,
  occurred_at timestamptz not null,
  workspace_id uuid not null,
  project_id uuid,
  task_id uuid,
  human_id text,
  title text not null,
  actor_id uuid,
  actor_name text not null,
  excerpt text,
  fields text[] not null,
  -- false: told by e-mail only
  inbox boolean not null,
  read_at timestamptz,
  archived_at timestamptz,
  snoozed_until timestamptz,
  -- the digest that will tell or has told of it
  digest_id uuid,
  created_at timestamptz not null default now(),
  xid xid8 not null default pg_current_xact_id(),
  seq bigint not null default nextval('inbox_changes'),
  constraint notifications_once unique (user_id, event_id)
);
create index notifications_by_user on notifications (user_id, id desc) where inbox;
create index notifications_by_task on notifications (user_id, task_id) where inbox;
create index notifications_unread on notifications (user_id, reason) include (snoozed_until)
  where inbox and read_at is null and archived_at is null;
create index notifications_feed on notifications (user_id, xid, seq) where inbox;
create index notifications_feed_end on notifications (xid);
create index notifications_by_digest on notifications (digest_id) where digest_id is not null;
create index notifications_by_age on notifications (created_at);

create function notification_changed() returns trigger language plpgsql as $$
begin
  new.xid := pg_current_xact_id();
  new.seq := nextval('inbox_changes');
  return new;
end $$;
create trigger notification_changed before update of read_at, archived_at, snoozed_until on notifications
  for each row execute function notification_changed();

-- Tells the open streams whose inbox changed, and by which transaction.
create function announce_inbox() returns trigger language plpgsql as $$
begin
  perform pg_notify('inbox', user_id || ' ' || pg_current_xact_id()) from (select distinct user_id from changed where inbox) as users;
  return null;
end $$;
create trigger inbox_inserted after insert on notifications
  referencing new table as changed for each statement execute function announce_inbox();
create trigger inbox_updated after update on notifications
  referencing new table as changed for each statement execute function announce_inbox();

create table mutes (
  user_id uuid not null,
  kind text not null,
  subject_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (user_id, kind, subject_id)
);

-- Only what differs from the defaults in src/preferences.ts.
create table preferences (
  user_id uuid primary key,
  kinds jsonb not null default '{}',
  time_zone text not null default 'UTC',
  quiet_start time,
  quiet_end time,
  digest_time time not null default '08:00',
  version integer not null default 0
);

-- The first moment after `at` at which clocks in the zone show `wanted`. A time that the zone skips in spring counts as
-- the same time an hour on; one that occurs twice in autumn counts once.
create function next_local_time(at timestamptz, wanted time, zone text) returns timestamptz language sql stable as $$
  select min(slot)
  from (select ((at at time zone zone)::date + day + wanted) at time zone zone as slot from generate_series(-1, 2) as day) as slots
  where slot > at
$$;

-- `at`, or the end of the quiet hours that it falls into.
create function quiet_until(at timestamptz, quiet_start time, quiet_end time, zone text) returns timestamptz language sql stable as $$
  select case
    when quiet_start is null or quiet_start = quiet_end then at
    when case
      when quiet_start < quiet_end then clock >= quiet_start and clock < quiet_end
      else clock >= quiet_start or clock < quiet_end
    end then next_local_time(at, quiet_end, zone)
    else at
  end
  from (select (at at time zone zone)::time as clock) as local
$$;

-- Queue and log of e-mail. `due_at` is when it may be tried next; whoever tries it moves that ahead first, so that another
-- takes over when it dies. `attempts` also tells apart those who try.
create table emails (
  id uuid primary key,
  user_id uuid not null,
  -- null: a digest
  notification_id uuid unique references notifications on delete cascade,
  state text not null default 'pending',
  attempts integer not null default 0,
  due_at timestamptz not null,
  give_up_at timestamptz not null,
  error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index emails_due on emails (due_at) where state = 'pending';
create index emails_by_age on emails (created_at);
-- The digest that still collects: one a person.
create unique index emails_open_digest on emails (user_id) where notification_id is null and state = 'pending' and attempts = 0;

create table webhooks (
  id uuid primary key,
  workspace_id uuid not null,
  name text not null,
  url text not null,
  project_id uuid,
  -- empty: all
  event_types text[] not null,
  enabled boolean not null default true,
  disabled_reason text,
  failing_since timestamptz,
  -- sealed: src/webhooks/seal.ts
  secret bytea not null,
  previous_secret bytea,
  previous_secret_until timestamptz,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  version integer not null default 1
);
create index webhooks_by_workspace on webhooks (workspace_id, id);

-- Queue and log of webhook calls, as for e-mail. `tries` begins again with a replay.
create table deliveries (
  id uuid primary key,
  webhook_id uuid not null references webhooks on delete cascade,
  event_id uuid not null references events on delete cascade,
  type text not null,
  state text not null default 'pending',
  attempts integer not null default 0,
  tries integer not null default 0,
  due_at timestamptz not null default now(),
  give_up_at timestamptz not null default now() + interval '1 day',
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  constraint deliveries_once unique (webhook_id, event_id)
);
create index deliveries_due on deliveries (webhook_id, due_at) where state = 'pending';
create index deliveries_by_webhook on deliveries (webhook_id, id desc);
create index deliveries_by_event on deliveries (event_id);
create index deliveries_by_age on deliveries (created_at);

create table delivery_attempts (
  delivery_id uuid not null references deliveries on delete cascade,
  number integer not null,
  at timestamptz not null,
  request_id text not null,
  status integer,
  duration_ms integer not null,
  error text,
  answer text not null,
  primary key (delivery_id, number)
);
