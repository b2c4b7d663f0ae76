-- The audit log: a Merkle tree as RFC 6962, section 2, defines it. Every column is covered by a signed checkpoint or can be
-- computed from what is; the verifier checks them all, so there is no column such as "inserted at" that nobody could check.

-- What was signed, one row a commit. `note` is a C2SP tlog-checkpoint.
create table checkpoints (
  size bigint primary key,
  note text not null
);

create table records (
  leaf_index bigint primary key,
  -- Size of the first signed tree that holds the record.
  checkpoint bigint not null references checkpoints (size),
  id uuid not null unique,
  -- The leaf: the record as canonical JSON (RFC 8785). Text and not jsonb, since the exact bytes count.
  entry text not null,
  -- For searching; each is also in the entry.
  at timestamptz not null,
  action text not null,
  outcome text not null,
  actor_id uuid,
  workspace_id uuid,
  check (leaf_index between 0 and checkpoint - 1)
);
create index records_at on records (at);
create index records_action on records (action, leaf_index);
create index records_actor on records (actor_id, leaf_index) where actor_id is not null;
create index records_workspace on records (workspace_id, leaf_index) where workspace_id is not null;

-- Hashes in the C2SP tlog-tiles layout: tile n of level l holds up to 256 hashes, each of 256^l leaves.
create table tiles (
  level smallint not null,
  tile_index bigint not null,
  hashes bytea not null check (length(hashes) % 32 = 0 and length(hashes) between 32 and 8192),
  primary key (level, tile_index)
);
-- Hashes do not compress.
alter table tiles alter column hashes set storage external;

-- Defence in depth. The role owns the tables and could drop these triggers, so they stop mistakes and careless hands;
-- what stops a determined one is that the verifier finds out.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on records for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on checkpoints for each statement execute function refuse_change();
create trigger append_only before delete or truncate on tiles for each statement execute function refuse_change();

create function refuse_rewriting() returns trigger language plpgsql as $$
begin
  if (new.level, new.tile_index) <> (old.level, old.tile_index) or substring(new.hashes for length(old.hashes)) <> old.hashes then
    raise exception 'the audit log is append-only: a tile may only grow' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger only_grows before update on tiles for each row execute function refuse_rewriting();
