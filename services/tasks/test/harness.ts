import { randomUUID } from 'node:crypto';
import type { ChangeEvent } from '@taskflow/contracts/events';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { Project, Task } from '@taskflow/contracts/tasks';
import type { Environment } from '@taskflow/http/settings';
import { connect, type Sql } from '@taskflow/postgres/database';
import { testIssuer } from '@taskflow/testing/issuer';
import { testDatabase, testService } from '@taskflow/testing/service';
import { afterAll } from 'vitest';
import { start } from '../src/main.ts';

interface Reply<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}

/** A person with an access token, and calls as that person. */
export interface Person {
  userId: string;
  handle: string;
  token: string;
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply<T>>;
  project(body?: Record<string, unknown>): Promise<Project>;
  task(projectId: string, body?: Record<string, unknown>): Promise<Task>;
}

/** Nothing listens at the discard port. */
const NOBODY = 'http://127.0.0.1:9';

let serial = 0;

/** The service over a database of its own, people in workspaces, and a look at the events. */
export async function tasksService({ settings = {}, secrets = {} }: { settings?: Environment; secrets?: Record<string, string> } = {}) {
  const databaseUrl = await testDatabase('tasks');
  const issuer = await testIssuer();
  /** Another process, as it were, over the same database. */
  const replica = () =>
    testService(start, {
      secrets: { 'database-url': databaseUrl, 'tasks-api-key': 'test-tasks-key', 'notifications-api-key': 'test-key', ...secrets },
      settings: { AUTH_URL: issuer.url, NOTIFICATIONS_URL: NOBODY, METRICS_URL: NOBODY, ...settings },
    });
  const server = await replica();
  const sql: Sql = connect({ url: databaseUrl, service: 'test', connections: 4 });
  afterAll(() => sql.end());

  /** Someone in these workspaces; both auth's directory and the token say so. */
  async function person(workspaces: Record<string, WorkspaceRole>, claims: Record<string, unknown> = {}): Promise<Person> {
    const userId = randomUUID();
    const handle = `person${++serial}`;
    for (const [workspaceId, role] of Object.entries(workspaces)) {
      const entry = { userId, handle, name: `Person ${serial}`, email: `${handle}@example.org`, role, active: true };
      issuer.members.set(workspaceId, [...(issuer.members.get(workspaceId) ?? []), entry]);
      await sql`insert into people (workspace_id, user_id, role, name, handle) values (${workspaceId}, ${userId}, ${role}, ${entry.name}, ${handle})`;
    }
    const token = await issuer.token({ sub: userId, handle, name: `Person ${serial}`, workspaces, ...claims });
    const call: Person['call'] = async (method, path, body, headers = {}) => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    };
    const made = async (path: string, body: unknown) => {
      const { status, body: answer } = await call('POST', path, body);
      if (status !== 201) throw new Error(`${path} answered ${status}: ${JSON.stringify(answer)}`);
      return answer as never;
    };
    return {
      userId,
      handle,
      token,
      call,
      project: (body = {}) => made('/tasks/projects', { key: `P${++serial}`, name: 'Engine', ...body }),
      task: (projectId, body = {}) => made(`/tasks/projects/${projectId}/tasks`, { title: 'Fit the valve', ...body }),
    };
  }

  /** The events of a project, or of one task, oldest first. */
  async function events(id: string): Promise<ChangeEvent[]> {
    const rows = await sql<Array<{ payload: ChangeEvent }>>`
      select payload from events where project_id = ${id} or task_id = ${id} order by seq`;
    return rows.map((row) => row.payload);
  }

  return { server, replica, issuer, sql, person, events };
}

export const ifMatch = ({ version }: { version: number }) => ({ 'if-match': `"${version}"` });
