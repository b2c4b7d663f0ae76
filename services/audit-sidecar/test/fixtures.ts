import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { AppendAnswer, AuditRecord } from '@taskflow/contracts/audit';
import { testService } from '@taskflow/testing/service';
import { start } from '../src/main.ts';
import { createSigner, type Signer } from '../src/note.ts';

export const API_KEY = 'test-audit-key';
export const ORIGIN = 'taskflow/audit';

export const newKey = (): object => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
export const keyFile = (...keys: object[]): string => JSON.stringify({ keys });
export const signerOf = (key: object): Signer => createSigner(ORIGIN, key);

export function record(members: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: randomUUID(),
    at: new Date().toISOString(),
    action: 'session.created',
    outcome: 'success',
    actorId: randomUUID(),
    subject: 'user:1',
    workspaceId: randomUUID(),
    address: '192.0.2.1',
    requestId: 'request-1',
    details: { method: 'password', attempts: 1, remembered: true, note: null },
    ...members,
  };
}

export const secretsOf = (databaseUrl: string, ...keys: object[]) => ({
  'audit-database-url': databaseUrl,
  'audit-api-key': API_KEY,
  'audit-signing-key': keyFile(...keys),
});

/** A sidecar in this process, and calls to it. */
export async function sidecar(databaseUrl: string, key = newKey(), settings: Record<string, string> = {}) {
  const server = await testService(start, { secrets: secretsOf(databaseUrl, key), settings });
  return { server, ...callsTo(server.url) };
}

export function callsTo(url: string) {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${API_KEY}`, ...headers } });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}/records`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  async function append(records: AuditRecord[]): Promise<AppendAnswer> {
    const answer = await post({ records });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as AppendAnswer;
  }
  async function json<T>(path: string): Promise<T> {
    const answer = await get(path);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  return { url, get, post, append, json };
}

export const records = (count: number): AuditRecord[] => Array.from({ length: count }, () => record());
