import { createHash, randomUUID } from 'node:crypto';
import type {} from '@taskflow/http/identity';
import { defineProblems, problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sql, Transaction } from './database.ts';
import { underMigrationLock } from './migrate.ts';

/*
 * Idempotency-Key for POST (draft-ietf-httpapi-idempotency-key-header): a client that does not know whether its request
 * arrived sends it again with the same key and gets the first answer.
 *
 * A request with a key claims a row before its handler runs; the answer completes the row. What a crash between the two
 * means depends on where the handler completes it:
 *
 * - Exactly once: the handler calls `completeInTransaction` inside the transaction of its write, and its route says
 *   `config: { idempotency: 'in transaction' }`. Write and answer are one commit. A claim whose lease has passed is taken
 *   over; should its first owner still be alive, its completion finds the claim gone and its transaction rolls back.
 * - At most once: every other handler's answer is stored just before it is sent. After a crash in between nobody knows
 *   whether the write took effect, so the key answers 409 `idempotency_outcome_unknown` and never runs the handler again.
 *
 * Not covered, because their content cannot be kept: bodies and answers that are streams, and routes with
 * `config: { idempotency: 'off' }`, which is for answers that hold a secret shown once.
 */

declare module 'fastify' {
  interface FastifyContextConfig {
    idempotency?: 'in transaction' | 'off';
  }
  interface FastifyRequest {
    /** The claim of a request with an Idempotency-Key. */
    idempotency: Claim | null;
  }
}

interface Claim {
  id: string;
  sql: Sql;
  /** status that completeInTransaction stored */
  completed?: number;
}

interface ClaimedRow {
  owner: string | null;
  fingerprint: string | null;
  status: number | null;
  headers: Record<string, string | string[]> | null;
  body: Buffer | null;
  abandoned: boolean | null;
}

/** Hours that an answer can be replayed. */
const RETENTION_HOURS = 24;
const PURGE_INTERVAL_MS = 3_600_000;
/** Milliseconds a claim is its request's alone: as long as its caller waits and a little more, at most this. */
const LEASE_MS = { most: 30_000, margin: 1000 };
/** RFC 8941 string or a bare token. */
const KEY = /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255}))$/;
/** Headers that belong to one answer or connection and are made anew for a replay. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'x-request-id']);

const keyProblems = defineProblems({
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key was used for another request' },
  idempotency_in_progress: { status: 409, title: 'The first request with this Idempotency-Key is still running' },
  idempotency_outcome_unknown: {
    status: 409,
    title: 'The first request with this Idempotency-Key was cut off',
    detail: 'Whether it took effect is not known: look, and if it did not, send it again with a new key',
  },
});

/** The table of claims and answers; a step for `health.beforeReady`. */
export const ensureIdempotencyTable = (sql: Sql): Promise<unknown> =>
  underMigrationLock(sql, async (tx) => {
    await tx`
      create table if not exists idempotency_keys (
        user_id text not null,
        route text not null,
        key text not null,
        fingerprint text not null,
        owner uuid not null,
        leased_until timestamptz not null,
        created_at timestamptz not null default now(),
        status smallint,
        headers jsonb,
        body bytea,
        primary key (user_id, route, key)
      )`;
    await tx`create unique index if not exists idempotency_keys_owner on idempotency_keys (owner)`;
    await tx`create index if not exists idempotency_keys_created_at on idempotency_keys (created_at)`;
  });

/** All POST routes of this encapsulated context, below `requireIdentity`, honour Idempotency-Key. Keys are per user and route. */
export async function useIdempotency(app: Server, sql: Sql): Promise<void> {
  if (!app.hasRequestDecorator('idempotency')) app.decorateRequest('idempotency', null);

  app.addHook('preHandler', async (request, reply) => {
    const header = request.headers['idempotency-key'];
    const { idempotency } = request.routeOptions.config;
    if (request.method !== 'POST' || header === undefined || idempotency === 'off' || hasStreamedBody(request)) return;
    const key = parseKey(header);
    const id = randomUUID();
    const takesOver = idempotency === 'in transaction';
    const row = await claim(sql, request, key, id, takesOver);
    if (row.owner !== id) return replay(row, takesOver, request, reply);
    request.idempotency = { id, sql };
  });

  app.addHook('onSend', async (request, reply, payload) => {
    if (request.idempotency) await settle(request.idempotency, reply, payload);
    return payload;
  });

  const timer = setInterval(
    () => void purgeIdempotency(sql).catch((error) => app.log.warn({ err: error }, 'purge failed')),
    PURGE_INTERVAL_MS,
  );
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}

/**
 * Stores the answer of a request with an Idempotency-Key in the transaction of its write, so that both are committed or
 * neither is. Set status and headers on `reply` first, then make it the transaction's last step. Without a key it does
 * nothing.
 * @returns the payload, for `return completeInTransaction(tx, reply, project)`
 * @throws Problem 409 when the claim was taken over meanwhile: the transaction rolls back
 */
export async function completeInTransaction<T>(tx: Transaction, reply: FastifyReply, payload: T): Promise<T> {
  const { idempotency: claim, routeOptions } = reply.request;
  if (!claim) return payload;
  if (routeOptions.config.idempotency !== 'in transaction') {
    throw new Error(`${routeOptions.url} completes in its transaction: say so with config: { idempotency: 'in transaction' }`);
  }
  const body = payload === undefined || payload === null ? null : Buffer.from(reply.serialize(payload) as string);
  const headers = body === null ? {} : { 'content-type': 'application/json; charset=utf-8' };
  const { count } = await complete(tx, claim, reply, headers, body);
  if (count === 0) throw keyProblems.idempotency_in_progress({ headers: { 'retry-after': '1' } });
  claim.completed = reply.statusCode;
  return payload;
}

/** Deletes what can no longer be replayed. */
export const purgeIdempotency = (sql: Sql): Promise<unknown> =>
  sql`delete from idempotency_keys where created_at < now() - make_interval(hours => ${RETENTION_HOURS})`;

/** Takes the key, or reads who has it, in one statement. A row that neither shows is one that appeared this instant. */
async function claim(sql: Sql, request: FastifyRequest, key: string, id: string, takesOver: boolean): Promise<ClaimedRow> {
  const userId = request.identity.userId;
  const route = request.routeOptions.url ?? '';
  const fingerprint = fingerprintOf(request);
  const seconds = Math.min(LEASE_MS.most, request.context.deadline - performance.now() + LEASE_MS.margin) / 1000;
  const [row] = await sql<ClaimedRow[]>`
    with claimed as (
      insert into idempotency_keys as held (user_id, route, key, fingerprint, owner, leased_until)
      values (${userId}, ${route}, ${key}, ${fingerprint}, ${id}, now() + make_interval(secs => ${seconds}))
      on conflict (user_id, route, key) do update
        set fingerprint = excluded.fingerprint, owner = excluded.owner, leased_until = excluded.leased_until,
            created_at = now(), status = null, headers = null, body = null
        where held.created_at < now() - make_interval(hours => ${RETENTION_HOURS})
           or (${takesOver} and held.status is null and held.leased_until < now() and held.fingerprint = excluded.fingerprint)
      returning owner
    )
    select coalesce(claimed.owner, held.owner) as owner, held.fingerprint, held.status, held.headers, held.body,
           held.leased_until < now() as abandoned
    from (select) as one
    left join claimed on true
    left join idempotency_keys held on held.user_id = ${userId} and held.route = ${route} and held.key = ${key}`;
  return row!;
}

function replay(row: ClaimedRow, takesOver: boolean, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (row.fingerprint !== null && row.fingerprint !== fingerprintOf(request)) throw keyProblems.idempotency_key_reused();
  if (row.status === null) {
    if (row.abandoned && !takesOver) throw keyProblems.idempotency_outcome_unknown();
    throw keyProblems.idempotency_in_progress({ headers: { 'retry-after': '1' } });
  }
  return reply
    .code(row.status)
    .headers(row.headers ?? {})
    .header('idempotency-replayed', 'true')
    .send(row.body ?? undefined);
}

/**
 * Completes the claim with an answer on its way out. A server error is not kept, so the client may try again; after a 504
 * the handler may still be at work, so its claim stays until the lease passes.
 */
async function settle(claim: Claim, reply: FastifyReply, payload: unknown): Promise<void> {
  const status = reply.statusCode;
  if (claim.completed === status || status === 504) return;
  const body = bodyOf(payload);
  try {
    if (status >= 500 || status === 429 || body === undefined) {
      await claim.sql`delete from idempotency_keys where owner = ${claim.id} and status is null`;
    } else {
      await complete(claim.sql, claim, reply, {}, body);
    }
  } catch (error) {
    // The effect is there and its answer is right; only its replay is lost, which the key's next use will say.
    reply.log.warn({ err: error, requestId: reply.request.id }, 'the answer could not be kept for its Idempotency-Key');
  }
}

const complete = (sql: Sql | Transaction, claim: Claim, reply: FastifyReply, defaults: Record<string, string>, body: Buffer | null) =>
  sql`
    update idempotency_keys
    set status = ${reply.statusCode}, headers = ${sql.json({ ...defaults, ...keptHeaders(reply) })}, body = ${body}
    where owner = ${claim.id} and status is null`;

/** Two requests are the same when URL and body are. */
const fingerprintOf = ({ url, body }: FastifyRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([url, body]))
    .digest('base64url');

function parseKey(header: string | string[]): string {
  const match = KEY.exec(String(header).trim());
  if (!match) throw problems.malformed_request('Idempotency-Key: expected 1 to 255 visible ASCII characters, such as a UUID');
  return (match[1] ?? match[2]) as string;
}

/** Only parsed bodies can be compared. */
function hasStreamedBody({ body, headers }: FastifyRequest): boolean {
  if (body === undefined || body === null) return headers['content-type'] !== undefined;
  return typeof (body as { pipe?: unknown }).pipe === 'function';
}

function keptHeaders(reply: FastifyReply): Record<string, string | string[]> {
  const kept = Object.entries(reply.getHeaders()).filter(([name, value]) => value !== undefined && !OWN_HEADERS.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]));
}

/** @returns undefined for a stream */
function bodyOf(payload: unknown): Buffer | null | undefined {
  if (payload === undefined || payload === null || payload === '') return null;
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.isBuffer(payload) ? payload : undefined;
}
