create table users (
  id uuid primary key,
  email text not null check (length(email) <= 254),
  name text not null,
  handle text not null constraint users_handle_key unique check (handle ~ '^[a-z0-9][a-z0-9_-]{1,31}$'),
  password_hash text not null,
  -- Rises whenever the access tokens of this person must die before they expire.
  security_version integer not null default 1,
  admin boolean not null default false,
  disabled_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now()
);
create unique index users_email_key on users (lower(email));

-- What this installation has done once. One row.
create table installation (
  only_row boolean primary key default true check (only_row),
  administrator_id uuid not null references users,
  -- Of the mounted admin-password, so that a changed file is noticed and an unchanged one never undoes a person's own change.
  administrator_password_hash text not null
);

create table workspaces (
  id uuid primary key,
  name text not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);

create table members (
  workspace_id uuid not null references workspaces,
  user_id uuid not null references users,
  role text not null check (role in ('owner', 'admin', 'member', 'guest')),
  version integer not null default 1,
  joined_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index members_user on members (user_id);

create table invitations (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  token_hash bytea not null constraint invitations_token_key unique,
  role text not null check (role in ('admin', 'member', 'guest')),
  -- When set, only the account of this address may accept.
  email text,
  invited_by uuid not null references users,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid references users
);
create index invitations_workspace on invitations (workspace_id, id);

create table sessions (
  id uuid primary key,
  user_id uuid not null references users,
  -- Of the cookie's value; null when the session goes by refresh tokens.
  token_hash bytea constraint sessions_token_key unique,
  address text not null,
  user_agent text,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_user on sessions (user_id, id);

-- Each is good for one use. A used one stays, so that its second use shows that it was stolen.
create table refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references sessions on delete cascade,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);

create table api_tokens (
  id uuid primary key,
  user_id uuid not null references users,
  name text not null,
  token_hash bytea not null constraint api_tokens_token_key unique,
  -- The last characters, so that people can tell their tokens apart.
  hint text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  last_used_address text
);
create index api_tokens_user on api_tokens (user_id, id);

create table password_resets (
  token_hash bytea primary key,
  user_id uuid not null references users,
  created_by uuid not null references users,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index password_resets_user on password_resets (user_id);

-- Where someone has signed in before: exempt from the limits that strangers' failures fill.
create table known_addresses (
  user_id uuid not null references users,
  address text not null,
  last_used_at timestamptz not null default now(),
  primary key (user_id, address)
);

-- Leaky buckets (see src/throttle.ts): `level` attempts as of `last_at`, of which one drains every `seconds`.
create table throttles (
  bucket bytea primary key,
  level double precision not null,
  capacity double precision not null,
  seconds double precision not null,
  refused boolean not null,
  last_at timestamptz not null
);

-- What access tokens are refused before they expire. Read by snapshot (see src/routes/revocations.ts); kept longer than any token lives.
create table revocations (
  xid xid8 not null default pg_current_xact_id(),
  kind text not null check (kind in ('session', 'user')),
  subject uuid not null,
  security_version integer,
  created_at timestamptz not null default now()
);
create function notify_auth() returns trigger language plpgsql as $$ begin perform pg_notify('auth', tg_table_name); return null; end $$;
create trigger revocations_inserted after insert on revocations for each statement execute function notify_auth();

-- The audit records: outbox towards the audit log and, once delivered, what administrators search.
create table audit_records (
  xid xid8 not null default pg_current_xact_id(),
  seq bigint generated always as identity,
  id uuid primary key,
  at timestamptz not null,
  action text not null,
  outcome text not null check (outcome in ('success', 'failure')),
  actor_id uuid,
  subject text,
  workspace_id uuid,
  address text,
  request_id text,
  details jsonb not null default '{}',
  -- Place in the audit log, once it is there.
  leaf_index bigint
);
create unique index audit_records_position on audit_records (xid, seq);
create index audit_records_workspace on audit_records (workspace_id, id);
create index audit_records_actor on audit_records (actor_id, id);
create trigger audit_records_inserted after insert on audit_records for each statement execute function notify_auth();

-- How far the audit log has them (packages/postgres/src/outbox.ts). One row.
create table audit_delivery (
  only_row boolean primary key default true check (only_row),
  position text not null default '0-0'
);
insert into audit_delivery default values;

-- Signing keys seen so far, so that each addition and removal is recorded once, whatever the number of replicas.
create table signing_keys (
  kid text primary key,
  first_seen_at timestamptz not null default now(),
  removed_at timestamptz
);
