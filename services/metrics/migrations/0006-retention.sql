-- Removal goes by these, in small steps with a limit, for which the planner would not take a BRIN index.
drop index health_reports_received_at;
drop index request_reports_received_at;
drop index events_received_at;
drop index health_minutes_minute;
create index health_reports_received_at on health_reports (received_at);
create index request_reports_received_at on request_reports (received_at);
create index events_received_at on events (received_at);
create index health_minutes_minute on health_minutes (minute);
