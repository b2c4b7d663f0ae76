import { IdParams, PageQuery } from '@taskflow/contracts/primitives';
import { type Activity, ActivityPage } from '@taskflow/contracts/tasks';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import type { Sql } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { requireReadableProject, requireReadableTask } from '../readable.ts';
import { refusals, security } from '../responses.ts';

const schema = { tags: ['tasks'], security, params: IdParams, querystring: PageQuery, response: { 200: ActivityPage, ...refusals(404) } };

/** What happened, newest first, as the events tell it. */
export function listActivity(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/:id/activity',
    { schema: { ...schema, operationId: 'listTaskActivity', summary: 'What happened to a task, newest first' } },
    async ({ identity, params, query }) => {
      await requireReadableTask(sql, identity, params.id);
      return readActivity(sql, sql`task_id = ${params.id}`, query);
    },
  );
  app.get(
    '/tasks/projects/:id/activity',
    { schema: { ...schema, operationId: 'listProjectActivity', summary: 'What happened in a project, newest first' } },
    async ({ identity, params, query }) => {
      await requireReadableProject(sql, identity, params.id);
      return readActivity(sql, sql`project_id = ${params.id}`, query);
    },
  );
}

async function readActivity(sql: Sql, of: ReturnType<Sql>, { cursor, limit = 50 }: PageQuery) {
  const before = cursor ? Number(decodeCursor(cursor, 1)[0]) : Number.MAX_SAFE_INTEGER;
  const rows = await sql<Array<{ seq: number; payload: Activity }>>`
    select seq::float8 as seq, payload from events where ${of} and seq < ${before} order by seq desc limit ${limit + 1}`;
  return toPage(
    rows,
    limit,
    (row) => [row.seq],
    (row) => row.payload,
  );
}
