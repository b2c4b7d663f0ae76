-- What search compares: lower case, without marks and punctuation, whatever the locale of the database. It knows no
-- language, so it treats all alike: é is e, ß is ss, "half-done" is two words.
create function search_text(value text) returns text language sql immutable strict parallel safe as $$
  select translate(
    replace(replace(replace(
      regexp_replace(normalize(lower(value collate "pg_c_utf8"), NFKD), '[\u0300-\u036f]', '', 'g'),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
    'øłđıð' || '-_/.@:#+&=~\,;|*''"`<>()[]{}!?', 'oldid                             ')
$$;

-- A word or phrase as it is searched for; with p_prefix its last word may go on.
create function search_query(value text, p_prefix boolean) returns tsquery language sql immutable strict parallel safe as $$
  select case when p_prefix and numnode(query) > 0 then (query::text || ':*')::tsquery else query end
  from phraseto_tsquery('simple', search_text(value)) as query
$$;

alter table tasks add column search tsvector not null generated always as (
  setweight(to_tsvector('simple', search_text(title)), 'A') || setweight(to_tsvector('simple', search_text(description)), 'C')) stored;
create index tasks_search on tasks using gin (search);

alter table comments add column search tsvector not null generated always as (to_tsvector('simple', search_text(body))) stored;
create index comments_search on comments using gin (search);

-- A query with a name: of one person, or shared by a project.
create table saved_filters (
  id uuid primary key,
  owner_id uuid not null,
  project_id uuid references projects (id),
  name text not null,
  query text not null,
  version integer not null default 1
);
create unique index saved_filters_name on saved_filters (owner_id, project_id, lower(name)) nulls not distinct;
create index saved_filters_project on saved_filters (project_id) where project_id is not null;
