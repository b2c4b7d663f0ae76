-- How far each receiver of the feed has taken it, and which replica delivers: by a lease on the database's clock.
create table relay_cursors (
  receiver text primary key,
  xid xid8 not null default '0',
  seq bigint not null default 0,
  moved_at timestamptz not null default now(),
  leader text,
  leased_until timestamptz not null default '-infinity'
);
insert into relay_cursors (receiver) values ('notifications'), ('metrics');

-- Up to where events were deleted: a reader that asks for what came after an earlier position is told that it is too late.
create table feed_horizon (
  only_row boolean primary key default true check (only_row),
  xid xid8 not null default '0',
  seq bigint not null default 0
);
insert into feed_horizon default values;
