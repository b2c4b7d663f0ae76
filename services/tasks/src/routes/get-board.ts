import { IdParams } from '@taskflow/contracts/primitives';
import { Board } from '@taskflow/contracts/tasks';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { refusals, security } from '../responses.ts';

export function getBoard(app: Server, { sql }: Context): void {
  app.get(
    '/tasks/projects/:id/board',
    {
      schema: {
        operationId: 'getBoard',
        summary: 'The columns of a project with their cards, in order; empty members of a card are left out',
        tags: ['tasks'],
        security,
        params: IdParams,
        response: { 200: Board, 304: Type.Null(), ...refusals(404) },
      },
    },
    async (request, reply) => {
      // PostgreSQL makes the document as text, which goes out as it is; its digest is the entity tag. A client that has it
      // costs no transfer between the database and here either.
      const known = request.headers['if-none-match'] ?? '';
      const [row] = await sql<Array<{ tag: string; board: string | null }>>`
        select md5(board) as tag, case when position(md5(board) in ${known}) = 0 then board end as board
        from (
          select board_json(p)::text as board
          from projects p
          where p.id = ${request.params.id} and p.deleted_at is null and ${may(sql, request.identity, 'project.read')}
          offset 0
        ) as document`;
      if (!row) throw problems.not_found();
      reply.header('etag', `"${row.tag}"`).header('cache-control', 'private, no-cache');
      if (row.board === null) return reply.code(304).send(undefined as never); // null would be content
      return reply
        .type('application/json; charset=utf-8')
        .serializer(asItIs)
        .send(row.board as never);
    },
  );
}

const asItIs = (text: unknown) => text as string;
