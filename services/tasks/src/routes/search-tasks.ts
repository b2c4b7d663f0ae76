import { QueryProblem, SearchPage, SearchQuery } from '@taskflow/contracts/search';
import type { Task } from '@taskflow/contracts/tasks';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { refusals, security } from '../responses.ts';
import { toCondition, toRanking } from '../search/compile.ts';
import { understand } from '../search/understand.ts';
import { dateIn } from '../time-zone.ts';

/** Milliseconds that one search may cost the database. */
const TIMEOUT_MS = 3000;

export function searchTasks(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/search',
    {
      schema: {
        operationId: 'searchTasks',
        summary: 'Find tasks by words and fields: the best first, and the newest of equals',
        tags: ['search'],
        security,
        querystring: SearchQuery,
        response: { 200: SearchPage, ...refusals(), 400: QueryProblem },
      },
    },
    async ({ query, identity }) => {
      const { q, cursor, limit = 50, timeZone = 'UTC' } = query;
      const parsed = understand(q, '/querystring/q');
      const asker = { userId: identity.userId, timeZone, today: dateIn(timeZone, 'querystring') };
      const [rank, id] = cursor ? decodeCursor(cursor, 2) : [];
      const rows = await sql
        .begin('read only', async (tx) => {
          await tx`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`;
          return tx<Array<{ rank: number; id: string; task: Task }>>`
            with visible as materialized (
              select p.id, p.key from projects p where p.deleted_at is null and ${may(tx, identity, 'project.read')}
            ), found as (
              select t.id, ${toRanking(sql, parsed)} as rank
              from tasks t join columns c on c.id = t.column_id
              -- Not a join: PostgreSQL expects one visible project, and would read each of thousands instead of using another index.
              where t.project_id = any(array(select id from visible)) and t.deleted_at is null and ${toCondition(sql, parsed, asker)}
            ), page as (
              select id, rank from found
              ${cursor ? sql`where (rank, id) < (${Number(rank)}::float8, ${String(id)}::uuid)` : sql``}
              order by rank desc, id desc
              limit ${limit + 1}
            )
            select page.rank, page.id, task_json(t) as task
            from page join tasks t on t.id = page.id
            order by page.rank desc, page.id desc`;
        })
        .catch((error) => {
          if ((error as { code?: string }).code !== '57014') throw error;
          throw problems.unavailable({ detail: 'This search takes too long: narrow it', headers: { 'retry-after': '5' } });
        });
      return toPage(
        rows,
        limit,
        (row) => [row.rank, row.id],
        (row) => row.task,
      );
    },
  );
}
