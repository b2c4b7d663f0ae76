import { IdParams } from '@taskflow/contracts/primitives';
import { ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { security, writeRefusals } from '../responses.ts';
import { mayChangeFilter } from '../search/filter.ts';
import { refuseFilter } from '../search/refuse-filter.ts';

export function deleteFilter(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/filters/:id',
    {
      schema: {
        operationId: 'deleteFilter',
        summary: 'Forget a filter',
        tags: ['search'],
        security,
        params: IdParams,
        response: { 204: Type.Null(), ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity, params } = request;
      const version = ifMatchVersion(request);
      const { count } = await sql`
        delete from saved_filters f where f.id = ${params.id} and f.version = ${version} and ${mayChangeFilter(sql, identity)}`;
      if (count === 0) await refuseFilter(sql, identity, params.id);
      return reply.code(204).send(null);
    },
  );
}
