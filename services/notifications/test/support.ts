import type { ChangeEvent, NotifyReason } from '@taskflow/contracts/events';
import type { AccessTokenClaims } from '@taskflow/contracts/identity';
import type { Server } from '@taskflow/http/server';
import type { Environment } from '@taskflow/http/settings';
import { type TestIssuer, testIssuer } from '@taskflow/testing/issuer';
import { testDatabase, testService } from '@taskflow/testing/service';
import { v7 } from 'uuid';
import { start } from '../src/main.ts';

export const SERVICE_KEY = 'key-of-tasks-for-notifications';
export const SECRETS = { 'notifications-api-key': SERVICE_KEY, 'notifications-signing-key': 'a-signing-key-of-the-tests' };

// biome-ignore lint/suspicious/noExplicitAny: answers are checked by the tests themselves
type Body = any;
export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

export interface TestNotifications {
  server: Server;
  databaseUrl: string;
  issuer: TestIssuer;
  /** as a person with these claims; null sends no credential */
  call(
    method: string,
    path: string,
    options?: { as?: Partial<AccessTokenClaims> | null; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  deliver(...events: ChangeEvent[]): Promise<Answer>;
}

export async function startNotifications(settings: Environment = {}, secrets: Record<string, string> = {}): Promise<TestNotifications> {
  const issuer = await testIssuer();
  const databaseUrl = await testDatabase('notifications');
  const server = await testService(start, {
    secrets: { 'database-url': databaseUrl, ...SECRETS, ...secrets },
    settings: { AUTH_URL: issuer.url, ...settings },
  });
  const call: TestNotifications['call'] = async (method, path, { as = {}, body, headers = {} } = {}) => {
    const authorization = as === null ? {} : { authorization: `Bearer ${await issuer.token(as)}` };
    const answer = await request(server.url + path, method, body, { ...authorization, ...headers });
    expectDeclared(server, method, path, answer.status);
    return answer;
  };
  return { server, databaseUrl, issuer, call, deliver: (...events) => deliver(server.url, events) };
}

/** Every answer that a test gets must be one that the operation declares. */
function expectDeclared(server: Server, method: string, path: string, status: number): void {
  type Operations = Record<string, { responses: object }>;
  const plain = path.replace(/\?.*/, '');
  const found = Object.entries(server.swagger().paths as Record<string, Operations>).filter(([pattern]) =>
    new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  );
  const exact = found.find(([pattern]) => pattern === plain) ?? found[0];
  const declared = exact?.[1][method.toLowerCase()]?.responses;
  if (declared && !(status in declared)) throw new Error(`${method} ${exact[0]} answered ${status}, which it does not declare`);
}

export const deliver = (url: string, events: ChangeEvent[]): Promise<Answer> =>
  request(`${url}/internal/events`, 'POST', { events, people: peopleOf(events) }, { authorization: `Bearer ${SERVICE_KEY}` });

async function request(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

export const addressOf = (userId: string): string => `${userId}@example.test`;

const peopleOf = (events: ChangeEvent[]) =>
  Object.fromEntries(
    events.flatMap(({ notify }) => notify).map(({ userId }) => [userId, { name: 'Bo <Example>', handle: 'bo', email: addressOf(userId) }]),
  );

/** A comment on a task, told to these people. */
export function changeEvent(told: Record<string, NotifyReason>, changes: Partial<ChangeEvent> = {}): ChangeEvent {
  const taskId = changes.taskId ?? v7();
  return {
    id: v7(),
    cursor: '1-1',
    type: 'comment.created',
    occurredAt: new Date().toISOString(),
    workspaceId: v7(),
    projectId: v7(),
    taskId,
    actor: { userId: v7(), name: 'Ana Example' },
    changes: [],
    task: {
      id: taskId as string,
      humanId: 'ENG-12',
      title: 'Paint the shed',
      columnId: v7(),
      category: 'todo',
      priority: 'none',
      assigneeIds: [],
      labelIds: [],
      parentId: null,
      dueDate: null,
      estimate: null,
      createdAt: new Date().toISOString(),
      version: 1,
      deleted: false,
    },
    comment: { id: v7(), excerpt: 'What about <green>?' },
    notify: Object.entries(told).map(([userId, reason]) => ({ userId, reason })),
    ...changes,
  };
}
