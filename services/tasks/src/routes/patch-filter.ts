import { IdParams } from '@taskflow/contracts/primitives';
import { PatchFilter, QueryProblem, SavedFilter } from '@taskflow/contracts/search';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { refuse } from '../problems.ts';
import { security, writeRefusals } from '../responses.ts';
import { filterColumns, mayChangeFilter } from '../search/filter.ts';
import { refuseFilter } from '../search/refuse-filter.ts';
import { understand } from '../search/understand.ts';

export function patchFilter(app: Server, { sql }: Context): void {
  app.patch(
    '/tasks/filters/:id',
    {
      schema: {
        operationId: 'patchFilter',
        summary: 'Change the name or the query of a filter',
        tags: ['search'],
        security,
        params: IdParams,
        body: PatchFilter,
        response: { 200: SavedFilter, ...writeRefusals, 400: QueryProblem },
      },
    },
    async (request, reply) => {
      const { identity, params, body } = request;
      const version = ifMatchVersion(request);
      if (body.query !== undefined) understand(body.query, '/body/query');
      const [filter] = await sql<SavedFilter[]>`
        update saved_filters f
        set name = coalesce(${body.name?.trim() ?? null}, name), query = coalesce(${body.query ?? null}, query), version = version + 1
        where f.id = ${params.id} and f.version = ${version} and ${mayChangeFilter(sql, identity)}
        returning ${filterColumns(sql)}`.catch(refuse);
      if (!filter) return refuseFilter(sql, identity, params.id);
      reply.header('etag', etag(filter.version));
      return filter;
    },
  );
}
