import { DirectoryAnswer, type DirectoryEntry } from '@taskflow/contracts/identity';
import { IdParams } from '@taskflow/contracts/primitives';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { responses } from '../responses.ts';

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const Query = Type.Object({
  ids: Type.String({ pattern: `^${UUID}(,${UUID})*$`, maxLength: 37 * 200, description: 'up to 200, comma-separated' }),
});

/** Who people are, for services that show or notify them. */
export function internalDirectory(app: Server, { sql }: Context): void {
  app.get(
    '/internal/workspaces/:id/members',
    { schema: { hide: true, params: IdParams, response: responses({ 200: DirectoryAnswer }, 400, 401, 404, 503) } },
    async (request) => {
      const items = await sql<DirectoryEntry[]>`
        select u.id as "userId", u.name, u.handle, u.email, m.role, u.disabled_at is null as active
        from workspaces w join members m on m.workspace_id = w.id join users u on u.id = m.user_id
        where w.id = ${request.params.id} and w.deleted_at is null
        order by u.id`;
      if (items.length === 0) throw problems.not_found();
      return { items };
    },
  );

  app.get(
    '/internal/users',
    { schema: { hide: true, querystring: Query, response: responses({ 200: DirectoryAnswer }, 400, 401, 503) } },
    async (request) => ({
      items: await sql<DirectoryEntry[]>`
        select id as "userId", name, handle, email, disabled_at is null as active
        from users where id = any(${request.query.ids.split(',')}::uuid[])
        order by id`,
    }),
  );
}
