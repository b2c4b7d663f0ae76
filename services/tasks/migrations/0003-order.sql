-- A deferrable constraint, for two reasons: an UPDATE of a column of an immediate unique index locks its row against the
-- foreign keys of others, so that a move would wait for a comment; and rebalancing may pass through equal ranks.
alter table tasks drop constraint tasks_rank;
alter table tasks add constraint tasks_rank unique (column_id, rank) deferrable initially immediate;

create or replace function rank_between(lower text, upper text) returns text language plpgsql immutable as $$
declare
  digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  result text := '';
  low integer;
  high integer;
begin
  if lower is null and upper is null then return 'U00000'; end if;
  if lower is null then return rank_head(rank_number(upper) - 1); end if;
  if upper is null then return rank_head(rank_number(lower) + 1); end if;
  for place in 1..length(lower) + length(upper) + 1 loop
    low := strpos(digits, substr(lower, place, 1)) - 1; -- 0 past the end: strpos finds '' at 1
    high := case when upper is null then 62 else strpos(digits, substr(upper, place, 1)) - 1 end;
    if high - low > 1 then
      result := result || substr(digits, (low + high) / 2 + 1, 1);
      return rpad(result, greatest(length(result), 6), '0');
    end if;
    result := result || substr(digits, low + 1, 1);
    if high > low then upper := null; end if;
  end loop;
  raise exception 'no rank between % and %', lower, upper;
end $$;

create or replace function rebalance_column(p_column uuid, p_except uuid) returns boolean language plpgsql volatile as $$
begin
  perform from tasks where column_id = p_column and id <> p_except for no key update nowait;
  update tasks set rank = rank_head(top.number + ordered.place)
  from (select id, row_number() over (order by rank) as place from tasks where column_id = p_column and id <> p_except) as ordered,
       (select rank_number(max(rank)) as number from tasks where column_id = p_column) as top
  where tasks.id = ordered.id;
  perform record_event(
    '{"actor": {"userId": null, "name": "TaskFlow"}}', 'column.updated', project.workspace_id, project.id, null,
    jsonb_build_object(
      'changes', jsonb_build_array(jsonb_build_object('field', 'ranks', 'from', null, 'to', null)),
      'project', project_snapshot(project), 'data', jsonb_build_object('columnId', p_column), 'notify', '[]'::jsonb))
  from projects project where id = (select project_id from columns where id = p_column);
  return true;
exception when lock_not_available then
  return false;
end $$;
