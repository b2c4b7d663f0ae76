create table health_reports (id uuid primary key, received_at timestamptz not null default now());
