import { randomUUID } from 'node:crypto';
import type { AccessTokenClaims } from '@taskflow/contracts/identity';
import { connect } from '@taskflow/postgres/database';
import { testIssuer } from '@taskflow/testing/issuer';
import { testDatabase, testService } from '@taskflow/testing/service';
import { afterAll } from 'vitest';
import { start } from '../src/main.ts';

/** The service on an own database, with the calls that its tests make. */
export async function startMetrics(settings: Record<string, string> = {}) {
  const [databaseUrl, issuer] = await Promise.all([testDatabase('metrics'), testIssuer()]);
  const server = await testService(start, {
    secrets: { 'database-url': databaseUrl, 'tasks-api-key': 'tasks-key', 'gateway-api-key': 'gateway-key' },
    settings: { AUTH_URL: issuer.url, ...settings },
  });
  const sql = connect({ url: databaseUrl, service: 'test', connections: 2 });
  afterAll(() => sql.end());

  const post = (path: string, body: unknown, key: string) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  const get = async (path: string, claims: Partial<AccessTokenClaims> = {}, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${await issuer.token(claims)}`, ...headers } });

  return {
    server,
    sql,
    databaseUrl,
    get,
    /** the body of an answer that must be a 200 */
    read: async <T>(path: string, claims: Partial<AccessTokenClaims> = {}): Promise<T> => {
      const response = await get(path, claims);
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as T;
    },
    postEvents: (events: unknown[], key = 'tasks-key') => post('/internal/events', { events, people: {} }, key),
    postHealth: (report: { id?: string; checker?: string; observations: unknown[] }, key = 'tasks-key') =>
      post('/internal/health-reports', { id: randomUUID(), checker: 'tasks-1', ...report }, key),
    postRequests: (report: object, key = 'gateway-key') => post('/internal/requests', { id: randomUUID(), gateway: 'g', ...report }, key),
  };
}
