create table request_reports (id uuid primary key, received_at timestamptz not null default now());
create index request_reports_received_at on request_reports using brin (received_at);

-- Counts of the gateways by target and status class (2 for 2xx), at three resolutions that are all kept by the writer:
-- sums and maxima add up, so that nothing has to be computed again.
create table request_counts (
  resolution text not null check (resolution in ('minute', 'hour', 'day')),
  start timestamptz not null,
  target text not null,
  status_class smallint not null,
  requests bigint not null,
  sum_ms double precision not null,
  max_ms double precision not null,
  primary key (resolution, start, target, status_class)
);
