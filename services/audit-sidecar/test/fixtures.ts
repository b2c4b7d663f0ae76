import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { AuditRecord } from '@taskflow/contracts/audit';

export const API_KEY = 'test-audit-key';

export function signingKey(count = 1): string {
  return JSON.stringify({ keys: Array.from({ length: count }, () => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })) });
}

export function record(members: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: randomUUID(),
    at: new Date().toISOString(),
    action: 'session.created',
    outcome: 'success',
    actorId: randomUUID(),
    subject: 'user:1',
    workspaceId: null,
    address: '192.0.2.1',
    requestId: 'request-1',
    details: { method: 'password', attempts: 1, remembered: true, note: null },
    ...members,
  };
}
