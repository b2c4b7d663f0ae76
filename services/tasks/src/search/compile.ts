import type { Sql } from '@taskflow/postgres/database';
import { type DateValue, type Field, type Operator, PRIORITIES, type STATES, type Value } from './fields.ts';
import type { Query } from './parse.ts';

type Fragment = ReturnType<Sql>;

export interface Asker {
  userId: string;
  /** the asker's date, YYYY-MM-DD */
  today: string;
  /** IANA name; turns moments into the asker's dates */
  timeZone: string;
}

/**
 * A query as an SQL condition on the rows `t` of tasks and `c` of columns; `visible` are the projects that may be searched. All text
 * of the query becomes a parameter: what is written here is all the SQL there can be.
 */
export function toCondition(sql: Sql, query: Query, asker: Asker): Fragment {
  switch (query.kind) {
    case 'all':
      return sql`true`;
    case 'and':
      return sql`(${join(sql, query.parts, sql`and`, asker)})`;
    case 'or':
      return sql`(${join(sql, query.parts, sql`or`, asker)})`;
    case 'not':
      // A null comparison (no due date, say) is false, so that "not" of it is true. Said here alone: no index is used under coalesce.
      return sql`not coalesce(${toCondition(sql, query.part, asker)}, false)`;
    case 'text':
      return textCondition(sql, query.text, query.prefix);
    case 'field':
      return any(
        sql,
        query.values.map((value) => fieldCondition(sql, query.field, query.operator, value, asker)),
      );
  }
}

/** What ranks the results: all words that are asked for, not those that are excluded. Null without any. */
export function toRanking(sql: Sql, query: Query): Fragment {
  const words = positiveText(query).map(({ text, prefix }) => sql`search_query(${text}, ${prefix})`);
  return words.length === 0 ? sql`0::float8` : sql`ts_rank(t.search, ${words.reduce((all, one) => sql`${all} || ${one}`)})::float8`;
}

function positiveText(query: Query): Array<Query & { kind: 'text' }> {
  if (query.kind === 'text') return [query];
  return query.kind === 'and' || query.kind === 'or' ? query.parts.flatMap(positiveText) : [];
}

/** In the task, in one of its comments, or its human id. */
function textCondition(sql: Sql, text: string, prefix: boolean): Fragment {
  return sql`t.id in (
    select id from tasks where search @@ search_query(${text}, ${prefix})
    union all
    select task_id from comments where deleted_at is null and search @@ search_query(${text}, ${prefix})
    union all
    select id from tasks where human_id = ${text.toUpperCase()}
  )`;
}

function fieldCondition(sql: Sql, field: Field, operator: Operator, value: Value, asker: Asker): Fragment {
  const known = value.type === 'keyword' && (value.keyword === 'none' || value.keyword === 'any') ? value.keyword : undefined;
  switch (field) {
    case 'assignee':
      if (known) return known === 'none' ? sql`t.assignee_ids = '{}'` : sql`t.assignee_ids <> '{}'`;
      return sql`t.assignee_ids && ${people(sql, value, asker)}`;
    case 'author':
      if (known) return known === 'none' ? sql`false` : sql`true`;
      return sql`t.created_by = any(${people(sql, value, asker)})`;
    case 'label':
      if (known) return known === 'none' ? sql`t.label_ids = '{}'` : sql`t.label_ids <> '{}'`;
      return sql`t.label_ids && array(
        select id from labels where workspace_id = t.workspace_id and search_text(name) = search_text(${textOf(value)}))`;
    case 'is':
      return stateCondition(sql, (value as { keyword: (typeof STATES)[number] }).keyword, asker);
    case 'project':
      return sql`t.project_id = any(array(select id from visible where key = upper(${textOf(value)})))`;
    case 'column':
      return sql`search_text(c.name) = search_text(${textOf(value)})`;
    case 'priority':
      return compare(sql, sql`array_position(${[...PRIORITIES]}::text[], t.priority) - 1`, operator, sql`${numberOf(value)}::int`);
    case 'estimate':
      if (known) return presence(sql, sql`t.estimate`, known);
      return compare(sql, sql`t.estimate`, operator, sql`${numberOf(value)}::float8`);
    case 'parent': {
      if (known) return presence(sql, sql`t.parent_id`, known);
      const { key, number } = value as Value & { type: 'task' };
      return sql`t.parent_id in (select id from tasks where human_id = ${`${key}-${number}`} and workspace_id = t.workspace_id)`;
    }
    case 'due':
    case 'start':
    case 'created':
    case 'updated': {
      const column = dateColumn(sql, field, asker);
      if (known) return presence(sql, column, known);
      return compare(sql, column, operator, sql`${resolveDate(value as DateValue, asker.today)}::date`);
    }
  }
}

function stateCondition(sql: Sql, state: (typeof STATES)[number], { today }: Asker): Fragment {
  switch (state) {
    case 'open':
      return sql`c.category <> 'done'`;
    case 'done':
      return sql`c.category = 'done'`;
    case 'overdue':
      return sql`(c.category <> 'done' and t.due_date < ${today}::date)`;
    case 'blocked':
      return sql`exists (
        select from relations r join tasks o on o.id = r.from_task and o.deleted_at is null join columns oc on oc.id = o.column_id
        where r.type = 'blocks' and r.to_task = t.id and oc.category <> 'done')`;
    case 'blocking':
      return sql`(c.category <> 'done' and exists (
        select from relations r join tasks o on o.id = r.to_task and o.deleted_at is null join columns oc on oc.id = o.column_id
        where r.type = 'blocks' and r.from_task = t.id and oc.category <> 'done'))`;
    case 'subtask':
      return sql`t.parent_id is not null`;
    case 'recurring':
      return sql`exists (select from recurrences where task_id = t.id)`;
  }
}

function dateColumn(sql: Sql, field: 'due' | 'start' | 'created' | 'updated', { timeZone }: Asker): Fragment {
  switch (field) {
    case 'due':
      return sql`t.due_date`;
    case 'start':
      return sql`t.start_date`;
    case 'created':
      return sql`(t.created_at at time zone ${timeZone}::text)::date`;
    case 'updated':
      return sql`(t.updated_at at time zone ${timeZone}::text)::date`;
  }
}

function people(sql: Sql, value: Value, { userId }: Asker): Fragment {
  if (value.type !== 'handle') return sql`array[${userId}::uuid]`;
  return sql`array(select user_id from people where workspace_id = t.workspace_id and lower(handle) = ${value.handle})`;
}

function compare(sql: Sql, left: Fragment, operator: Operator, right: Fragment): Fragment {
  switch (operator) {
    case '=':
      return sql`${left} = ${right}`;
    case '<':
      return sql`${left} < ${right}`;
    case '<=':
      return sql`${left} <= ${right}`;
    case '>':
      return sql`${left} > ${right}`;
    case '>=':
      return sql`${left} >= ${right}`;
  }
}

const presence = (sql: Sql, column: Fragment, keyword: 'none' | 'any'): Fragment =>
  keyword === 'none' ? sql`${column} is null` : sql`${column} is not null`;

const any = (sql: Sql, conditions: Fragment[]): Fragment => sql`(${conditions.reduce((all, one) => sql`${all} or ${one}`)})`;

const join = (sql: Sql, parts: Query[], operator: Fragment, asker: Asker): Fragment =>
  parts.map((part) => toCondition(sql, part, asker)).reduce((all, one) => sql`${all} ${operator} ${one}`);

const textOf = (value: Value): string => (value as Value & { type: 'text' }).text;
const numberOf = (value: Value): number => (value as Value & { type: 'number' }).number;

/** The date that is meant, YYYY-MM-DD. A month from the 31st is the last day of a shorter month. */
export function resolveDate(value: DateValue, today: string): string {
  if (value.type === 'date') return value.date;
  const { amount, unit } = value;
  const date = new Date(`${today}T00:00:00Z`);
  if (unit === 'd' || unit === 'w') date.setUTCDate(date.getUTCDate() + amount * (unit === 'w' ? 7 : 1));
  else {
    const day = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + amount * (unit === 'y' ? 12 : 1));
    const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(day, lastDay));
  }
  // Offsets reach at most 9999 years; PostgreSQL and the schema know years of four digits.
  const year = date.getUTCFullYear();
  if (year > 9999) return '9999-12-31';
  return year < 1 ? '0001-01-01' : date.toISOString().slice(0, 10);
}
