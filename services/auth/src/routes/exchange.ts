import { ExchangeAnswer, ExchangeRequest, type Scope } from '@taskflow/contracts/identity';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { type AccountRow, issueAccessToken } from '../access-token.ts';
import type { Context } from '../context.ts';
import { digest } from '../opaque.ts';
import { responses } from '../responses.ts';

interface Bearer extends Pick<AccountRow, 'id' | 'name' | 'handle' | 'admin' | 'workspaces' | 'securityVersion'> {
  sid: string;
  scopes: Scope[];
}

/** Turns a session cookie or an API token into an access token. "Last used" is written at most once a minute. */
export function exchange(app: Server, { sql, settings, keys }: Context): void {
  app.post(
    '/internal/exchange',
    {
      schema: {
        hide: true,
        body: ExchangeRequest,
        response: responses({ 200: ExchangeAnswer }, 400, 401, 413, 415, 503),
      },
    },
    async (request) => {
      const { kind, credential, address = null } = request.body;
      const used =
        kind === 'session'
          ? sql`
            with found as (
              select id, user_id, last_used_at, array['read', 'write', 'admin'] as scopes
              from sessions
              where token_hash = ${digest(credential)} and expires_at > now()
                and last_used_at > now() - make_interval(secs => ${settings.SESSION_IDLE_HOURS * 3600})
            ), touched as (
              update sessions s set last_used_at = now(), address = coalesce(${address}, s.address)
              from found where s.id = found.id and found.last_used_at < now() - interval '1 minute'
            )`
          : sql`
            with found as (
              select id, user_id, last_used_at, scopes
              from api_tokens
              where token_hash = ${digest(credential)} and coalesce(expires_at > now(), true)
            ), touched as (
              update api_tokens t set last_used_at = now(), last_used_address = coalesce(${address}, t.last_used_address)
              from found where t.id = found.id and coalesce(found.last_used_at < now() - interval '1 minute', true)
            )`;
      const [bearer] = await sql<Bearer[]>`
        ${used}
        select found.id as sid, found.scopes, u.id, u.name, u.handle, u.admin, u.security_version as "securityVersion",
               coalesce((
                 select json_agg(json_build_object('id', w.id, 'role', m.role))
                 from members m join workspaces w on w.id = m.workspace_id
                 where m.user_id = u.id and w.deleted_at is null
               ), '[]') as workspaces
        from found join users u on u.id = found.user_id
        where u.disabled_at is null`;
      if (!bearer) throw problems.unauthenticated();
      return issueAccessToken(keys, bearer, bearer.sid, bearer.scopes);
    },
  );
}
