import { FilterPage, FilterQuery, type SavedFilter } from '@taskflow/contracts/search';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { refusals, security } from '../responses.ts';
import { filterColumns, mayUseFilter } from '../search/filter.ts';

export function listFilters(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/filters',
    {
      schema: {
        operationId: 'listFilters',
        summary: "One's own filters and those of the projects one sees, by name",
        tags: ['search'],
        security,
        querystring: FilterQuery,
        response: { 200: FilterPage, ...refusals() },
      },
    },
    async ({ identity, query: { cursor, limit = 50, projectId } }) => {
      const [name, id] = cursor ? decodeCursor(cursor, 2) : [];
      const rows = await sql<SavedFilter[]>`
        select ${filterColumns(sql)}
        from saved_filters f
        where ${mayUseFilter(sql, identity)}
          ${projectId ? sql`and f.project_id = ${projectId}` : sql``}
          ${cursor ? sql`and (f.name, f.id) > (${String(name)}, ${String(id)}::uuid)` : sql``}
        order by f.name, f.id
        limit ${limit + 1}`;
      return toPage(
        rows,
        limit,
        (row) => [row.name, row.id],
        (row) => row,
      );
    },
  );
}
