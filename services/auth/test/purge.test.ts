import { expect, it } from 'vitest';
import { purge } from '../src/purge.ts';
import { PASSWORD, testAuth } from './auth.ts';

const { sql, person, call } = await testAuth();
const settings = { SESSION_IDLE_HOURS: 24 };
const count = async (table: string) => (await sql`select from ${sql(table)}`).length;

it('deletes what no longer means anything, and nothing else', async () => {
  const ana = await person();
  await ana.call('POST', `/auth/workspaces/${ana.workspaceId}/invitations`, {});
  const { body } = await call('POST', '/auth/login', { email: ana.email, password: PASSWORD, refreshToken: true });
  await call('POST', '/auth/refresh', { refreshToken: body.refreshToken });
  await ana.call('POST', '/auth/workspaces', { name: 'Second' });
  const tables = ['sessions', 'refresh_tokens', 'revocations', 'throttles', 'invitations', 'known_addresses', 'users', 'audit_records'];
  const before = await Promise.all(tables.map(count));
  expect(before.every((rows) => rows > 0)).toBe(true);

  await purge(sql, settings);
  expect(await Promise.all(tables.map(count))).toEqual(before);

  await sql`update refresh_tokens set used_at = used_at - interval '8 days'`;
  await purge(sql, settings);
  expect(await count('refresh_tokens')).toBe(1);
  await sql`update sessions set last_used_at = now() - interval '25 hours'`;
  await sql`update revocations set created_at = now() - interval '16 minutes'`;
  await sql`update throttles set last_at = now() - interval '1 day'`;
  await sql`update invitations set expires_at = now() - interval '31 days'`;
  await sql`update known_addresses set last_used_at = now() - interval '91 days'`;
  await purge(sql, settings);
  expect(await Promise.all(tables.map(count))).toEqual([0, 0, 0, 0, 0, 0, before[6], before[7]]);
});
