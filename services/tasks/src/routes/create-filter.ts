import { CreateFilter, QueryProblem, SavedFilter } from '@taskflow/contracts/search';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { v7 } from 'uuid';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { refuseProject } from '../refusal.ts';
import { refusals, security } from '../responses.ts';
import { filterColumns } from '../search/filter.ts';
import { understand } from '../search/understand.ts';
import { onceInTransaction, writeOnce } from '../write.ts';

export function createFilter(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/filters',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'createFilter',
        summary: 'Keep a query under a name, for oneself or for a project',
        tags: ['search'],
        security,
        body: CreateFilter,
        response: { 201: SavedFilter, ...refusals(403, 404, 409, 422), 400: QueryProblem },
      },
    },
    async ({ identity, body }, reply) => {
      const { name, query, projectId } = body;
      understand(query, '/body/query');
      return writeOnce(sql, reply, async (tx) => {
        const [filter] = await tx<SavedFilter[]>`
          insert into saved_filters as f (id, owner_id, project_id, name, query)
          select ${v7()}, ${identity.userId}, ${projectId ?? null}, ${name.trim()}, ${query}
          where ${projectId ? tx`exists (select from projects p where p.id = ${projectId} and p.deleted_at is null and ${may(tx, identity, 'task.edit')})` : tx`true`}
          returning ${filterColumns(tx)}`;
        if (!filter) return refuseProject(tx, identity, projectId!, 'task.edit');
        reply.code(201).header('location', `/tasks/filters/${filter.id}`).header('etag', etag(filter.version));
        return filter;
      });
    },
  );
}
