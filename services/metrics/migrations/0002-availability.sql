-- What each checker saw of a target in a minute. Failed probes have no latency that means anything: they count without.
create table health_minutes (
  target text not null,
  minute timestamptz not null,
  checker text not null,
  up integer not null,
  degraded integer not null,
  down integer not null,
  latency_sum double precision not null,
  latency_max double precision not null,
  error text,
  primary key (target, minute, checker)
);
create index health_minutes_minute on health_minutes using brin (minute);

-- The checkers of a minute merged: each has one vote, however often it probed. Seen up by one and down by another is
-- degraded: it is reachable from somewhere.
create view health_merged_minutes as
select
  target,
  minute,
  case when sum(up + degraded) = 0 then 'down' when sum(degraded + down) = 0 then 'up' else 'degraded' end as state,
  avg((up + degraded)::float8 / (up + degraded + down)) as available,
  sum(up + degraded) as answered,
  sum(latency_sum) as latency_sum,
  max(latency_max) as latency_max,
  max(error) as error
from health_minutes
group by target, minute;

-- `available` is in minutes, of the up + degraded + down minutes that were reported.
create table health_hours (
  target text not null,
  hour timestamptz not null,
  up integer not null,
  degraded integer not null,
  down integer not null,
  available double precision not null,
  answered bigint not null,
  latency_sum double precision not null,
  latency_max double precision not null,
  primary key (target, hour)
);

create table health_days (
  target text not null,
  day timestamptz not null,
  up integer not null,
  degraded integer not null,
  down integer not null,
  available double precision not null,
  answered bigint not null,
  latency_sum double precision not null,
  latency_max double precision not null,
  primary key (target, day)
);

-- The merged minutes in which a target was not up, kept longer than the other minutes: incidents are made of them.
create table health_trouble (
  target text not null,
  minute timestamptz not null,
  state text not null,
  error text,
  primary key (target, minute)
);

-- The last word of each checker.
create table health_latest (
  target text not null,
  checker text not null,
  at timestamptz not null,
  state text not null,
  latency_ms double precision not null,
  error text,
  primary key (target, checker)
);

create index health_reports_received_at on health_reports using brin (received_at);
