create table events (id uuid primary key, received_at timestamptz not null default now());
create index events_received_at on events using brin (received_at);
