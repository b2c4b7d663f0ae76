import { AccountQuery, AdministeredAccount, AdministeredAccountPage, AdministeredAccountPatch } from '@taskflow/contracts/auth';
import { IdParams } from '@taskflow/contracts/primitives';
import { etag, ifMatchVersion, stale } from '@taskflow/http/conditional';
import { toPage } from '@taskflow/http/paging';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { type Sql, type Transaction, transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import type { Static } from 'typebox';
import { audit } from '../audit.ts';
import { authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { idCursor } from '../cursor.ts';
import { caller } from '../identity.ts';
import { authProblems } from '../problems.ts';
import { responses, signedIn } from '../responses.ts';
import { revokeAccessTokens } from '../revocations.ts';
import { endSessions } from '../sessions.ts';

type Row = Static<typeof AdministeredAccount>;

/** Changes of who administers wait for each other, so that the last two cannot remove one another. */
const ADMINISTRATORS = 'administrators';

const columns = (sql: Sql | Transaction) =>
  sql`id, email, name, handle, admin, disabled_at as "disabledAt", created_at as "createdAt", version`;

/** Accounts as administrators of the installation see and change them. */
export function administerAccounts(app: Server, { sql }: Context): void {
  app.get(
    '/auth/accounts',
    {
      schema: {
        operationId: 'listAccounts',
        summary: 'All accounts of this installation, oldest first',
        tags: ['administration'],
        security: signedIn,
        querystring: AccountQuery,
        response: responses({ 200: AdministeredAccountPage }, 400, 401, 403, 503),
      },
    },
    async (request) => {
      authorise(caller(request), 'accounts.read');
      const { cursor, limit = 50, q = null } = request.query;
      const after = idCursor(cursor);
      const rows = await sql<Row[]>`
        select ${columns(sql)} from users
        where (${after}::uuid is null or id > ${after}::uuid)
          and (${q}::text is null or strpos(lower(name), lower(${q})) > 0 or strpos(handle, lower(${q})) > 0
               or strpos(lower(email), lower(${q})) > 0)
        order by id limit ${limit + 1}`;
      return toPage(
        rows,
        limit,
        ({ id }) => [id],
        (row) => row,
      );
    },
  );

  app.get(
    '/auth/accounts/:id',
    {
      schema: {
        operationId: 'getAccount',
        summary: 'An account of this installation',
        tags: ['administration'],
        security: signedIn,
        params: IdParams,
        response: responses({ 200: AdministeredAccount }, 400, 401, 403, 404, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'accounts.read');
      const [account] = await sql<Row[]>`select ${columns(sql)} from users where id = ${request.params.id}`;
      if (!account) throw problems.not_found();
      reply.header('etag', etag(account.version));
      return account;
    },
  );

  app.patch(
    '/auth/accounts/:id',
    {
      schema: {
        operationId: 'updateAccount',
        summary: 'Disable or enable an account, or make it an administrator',
        tags: ['administration'],
        security: signedIn,
        params: IdParams,
        body: AdministeredAccountPatch,
        response: responses({ 200: AdministeredAccount }, 400, 401, 403, 404, 409, 412, 413, 415, 428, 503),
      },
    },
    async (request, reply) => {
      authorise(caller(request), 'accounts.manage');
      const version = ifMatchVersion(request);
      const { id } = request.params;
      const actorId = request.identity.userId;
      const subject = `user:${id}`;
      const account = await transaction(sql, async (tx) => {
        await lockOrder(tx, ADMINISTRATORS);
        await lockOrder(tx, id);
        const [before] = await tx<Row[]>`select ${columns(tx)} from users where id = ${id}`;
        if (!before) throw problems.not_found();
        if (before.version !== version) throw stale(before);
        const isDisabled = before.disabledAt !== null;
        const { admin = before.admin, disabled = isDisabled } = request.body;
        if (admin === before.admin && disabled === isDisabled) return before;
        const [after] = await tx<Row[]>`
          update users set admin = ${admin}, version = version + 1,
                           disabled_at = case when ${disabled} then coalesce(disabled_at, now()) end
          where id = ${id} returning ${columns(tx)}`;
        const administrators = await tx`select from users where admin and disabled_at is null limit 1`;
        if (administrators.length === 0) throw authProblems.last_administrator();
        if (disabled) await endSessions(tx, id);
        await revokeAccessTokens(tx, [id]);
        if (disabled !== isDisabled)
          await audit(tx, request, { action: disabled ? 'account.disabled' : 'account.enabled', actorId, subject });
        if (admin !== before.admin)
          await audit(tx, request, { action: admin ? 'administrator.granted' : 'administrator.revoked', actorId, subject });
        return after!;
      });
      reply.header('etag', etag(account.version));
      return account;
    },
  );
}
