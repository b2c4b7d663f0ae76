import { randomBytes } from 'node:crypto';
import type { SignedIn } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { connect, type Sql } from '@taskflow/postgres/database';
import { testDatabase, testService } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import { afterAll } from 'vitest';
import { start } from '../src/main.ts';
import { createKey } from '../src/signing-keys.ts';

export const ADMIN = { email: 'admin@taskflow.local', password: 'the administrator of the tests' };
export const PASSWORD = 'correct horse battery';
export const SERVICE_KEYS = { gateway: 'gateway-key-for-tests', tasks: 'tasks-key-for-tests', audit: 'audit-key-for-tests' };

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  body: any;
}

export interface Person extends SignedIn {
  email: string;
  cookie: string;
  workspaceId: string;
  call: Call;
}

/** The mounted secrets of an installation. */
export const secretsOf = async (databaseUrl: string) => ({
  'database-url': databaseUrl,
  'jwt-secret': JSON.stringify({ keys: [await createKey(new Date())] }),
  'admin-password': ADMIN.password,
  'gateway-api-key': SERVICE_KEYS.gateway,
  'tasks-api-key': SERVICE_KEYS.tasks,
  'audit-api-key': SERVICE_KEYS.audit,
});

/** Auth with a database of its own, and people to call it. */
export async function testAuth(settings: Record<string, string> = {}) {
  const databaseUrl = await testDatabase('auth');
  const server = await testService(start, {
    secrets: await secretsOf(databaseUrl),
    settings,
  });
  const call = caller(server);
  const sql = connect({ url: databaseUrl, service: 'test', connections: 2 });
  afterAll(() => sql.end());
  return {
    server,
    databaseUrl,
    sql,
    call,
    /** A new account with a workspace of its own, or in the one that invites it. */
    async person(body: Record<string, unknown> = {}): Promise<Person> {
      const email = `${randomBytes(6).toString('hex')}@example.com`;
      return personOf(call, await call('POST', '/auth/register', { email, password: PASSWORD, name: 'Ana Example', ...body }));
    },
    async administrator(): Promise<Person> {
      return personOf(call, await call('POST', '/auth/login', ADMIN));
    },
    /** What the audit says of an action, oldest first. */
    acts: (action: string) => sql<Array<Record<string, unknown>>>`
      select outcome, actor_id as "actorId", subject, workspace_id as "workspaceId", details, address
      from audit_records where action = ${action} order by seq`,
    exchange: (credential: string, kind = 'session') =>
      call('POST', '/internal/exchange', { kind, credential }, { authorization: `Bearer ${SERVICE_KEYS.gateway}` }),
  };
}

export type Call = ReturnType<typeof caller>;

function caller(server: Server) {
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> => {
    const response = await fetch(server.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
}

/**
 * Lets acts meet in the middle: each is held where it first writes to the table, or waits for another one, until all
 * are. Whoever decided on what it read before is then wrong.
 */
export async function together<T>(sql: Sql, table: string, acts: Array<() => Promise<T>>): Promise<T[]> {
  const waiting = () => sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  const results: Array<Promise<T>> = [];
  await sql.begin(async (tx) => {
    await tx`lock table ${tx(table)} in share row exclusive mode`;
    results.push(...acts.map((act) => act()));
    await until(async () => (await waiting()).length >= acts.length, { what: 'all acts waiting', ms: 4000 });
  });
  return Promise.all(results);
}

/** The headers of a request that shows the version it has seen. */
export const seen = (version: number) => ({ 'if-match': `"${version}"` });

export function cookieOf(reply: Reply): string {
  return /^(?:__Host-)?taskflow=([^;]*)/.exec(reply.headers.get('set-cookie') ?? '')?.[1] ?? '';
}

export function personOf(call: Call, reply: Reply): Person {
  if (reply.status >= 300) throw new Error(`not signed in: ${reply.status} ${JSON.stringify(reply.body)}`);
  const signedIn = reply.body as SignedIn;
  return {
    ...signedIn,
    email: signedIn.user.email,
    cookie: cookieOf(reply),
    workspaceId: signedIn.user.workspaces[0]?.id ?? '',
    call: (method, path, body, headers = {}) => call(method, path, body, { authorization: `Bearer ${signedIn.accessToken}`, ...headers }),
  };
}
