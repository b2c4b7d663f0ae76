import type { Scope } from '@taskflow/contracts/identity';
import { expectValidOpenApi } from '@taskflow/testing/openapi';
import { expect, it } from 'vitest';
import { type Action, allows, RULES } from '../src/authorisation.ts';
import { SERVICE_KEYS, testAuth } from './auth.ts';

const auth = await testAuth();
const token = (...scopes: Scope[]) => ({ scopes, isSession: false });
const session = { ...token('read', 'write', 'admin'), isSession: true };

// Role by role, written out again: a change of the table must be meant.
const expected: Record<Action, string> = {
  'account.read': 'owner admin member guest administrator',
  'account.update': 'owner admin member guest administrator',
  'password.change': 'owner admin member guest administrator',
  'email.change': 'owner admin member guest administrator',
  'sessions.read': 'owner admin member guest administrator',
  'sessions.end': 'owner admin member guest administrator',
  'tokens.read': 'owner admin member guest administrator',
  'tokens.create': 'owner admin member guest administrator',
  'tokens.delete': 'owner admin member guest administrator',
  'invitation.accept': 'owner admin member guest administrator',
  'workspace.create': 'owner admin member guest administrator',
  'workspace.read': 'owner admin member guest',
  'workspace.update': 'owner admin',
  'workspace.delete': 'owner',
  'workspace.leave': 'owner admin member guest',
  'workspace.transfer': 'owner',
  'members.read': 'owner admin member guest',
  'members.read-email': 'owner admin member',
  'members.manage': 'owner admin',
  'owners.manage': 'owner',
  'invitations.manage': 'owner admin',
  'workspace-audit.read': 'owner admin',
  'accounts.read': 'administrator',
  'accounts.manage': 'administrator',
  'audit.read': 'administrator',
};

it.each(Object.entries(expected) as Array<[Action, string]>)('%s is for %s', (action, roles) => {
  const allowed = (['owner', 'admin', 'member', 'guest', 'administrator'] as const).filter((role) => allows(action, role, session));
  expect(allowed.join(' ')).toBe(roles);
  const { scope } = RULES[action];
  const role = roles.split(' ')[0] as 'owner' | 'administrator';
  expect(allows(action, role, token('read', 'write', 'admin'))).toBe(scope !== 'none');
  expect(allows(action, role, token('read', 'write'))).toBe(scope === 'read');
  expect(allows(action, role, token('write'))).toBe(false);
});

it('names every action', () => {
  expect(Object.keys(expected).sort()).toEqual(Object.keys(RULES).sort());
});

it('the OpenAPI document is valid, and every operation for those who are signed in answers 401 without a token', async () => {
  const { body: document } = await auth.call('GET', '/openapi.json');
  await expectValidOpenApi(document);
  const operations = Object.entries(document.paths as Record<string, Record<string, { security?: unknown; responses: object }>>).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
  const open = operations.filter(({ security }) => !security).map(({ method, path }) => `${method} ${path}`);
  expect(open.sort()).toEqual([
    'GET /auth/.well-known/jwks.json',
    'POST /auth/invitations/preview',
    'POST /auth/login',
    'POST /auth/logout',
    'POST /auth/password/reset',
    'POST /auth/refresh',
    'POST /auth/register',
  ]);
  for (const { method, path, responses } of operations.filter(({ security }) => security)) {
    const url = path.replace(/\{\w+\}/g, '019aa000-0000-7000-8000-000000000000');
    expect((await auth.call(method, url)).status, `${method} ${path}`).toBe(401);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403']));
  }
});

it('400 for ids and cursors that the database would choke on', async () => {
  const administrator = await auth.administrator();
  const forged = Buffer.from('["x"]').toString('base64url');
  const paths = [
    '/auth/accounts/urn:uuid:019aa000-0000-7000-8000-000000000000',
    `/auth/accounts?cursor=${forged}`,
    '/auth/accounts?q=%00',
    `/auth/audit?cursor=${forged}`,
    '/auth/audit?actorId=urn:uuid:019aa000-0000-7000-8000-000000000000',
    `/auth/workspaces/${administrator.workspaceId}/members?cursor=${forged}`,
  ];
  for (const path of paths) expect((await administrator.call('GET', path)).status, path).toBe(400);
  const headers = { authorization: `Bearer ${SERVICE_KEYS.tasks}` };
  expect((await auth.call('GET', `/internal/users?ids=${'-'.repeat(36)}`, undefined, headers)).status).toBe(400);
});
