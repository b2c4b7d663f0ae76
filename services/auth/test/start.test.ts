import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@taskflow/postgres/database';
import { testDatabase, testSecrets, testService } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import { decodeProtectedHeader } from 'jose';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { start } from '../src/main.ts';
import { createKey, parseKeySet, rotate, SigningKeys } from '../src/signing-keys.ts';
import { ADMIN, cookieOf, PASSWORD, secretsOf, testAuth } from './auth.ts';

const KEYS = new URL('../src/keys.ts', import.meta.url).pathname;
const run = (...parameters: string[]) => execFileSync(process.execPath, [KEYS, ...parameters], { stdio: 'pipe', encoding: 'utf8' });

/** The files of a Secret, and a database: for several starts. */
async function installation() {
  const url = await testDatabase('auth');
  const directory = testSecrets(await secretsOf(url));
  const sql = connect({ url, service: 'test', connections: 2 });
  afterAll(() => sql.end());
  const secret = (name: string, value?: string) => {
    if (value !== undefined) writeFileSync(join(directory, name), value);
    return readFileSync(join(directory, name), 'utf8');
  };
  const startReplica = async () => {
    const server = await testService(start, { settings: { SECRETS_DIR: directory } });
    onTestFinished(() => server.shutdown());
    return server;
  };
  return { sql, secret, start: startReplica };
}

// What is to be cleaned up after the file is made outside of its tests.
const installations = [await installation(), await installation(), await installation()];
const secure = await testAuth({ PUBLIC_URL: 'https://tasks.example.com' });
const closed = await testAuth({ REGISTRATION: 'invitation' });

const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const actions = async (sql: Awaited<ReturnType<typeof installation>>['sql'], action: string) =>
  (await sql`select subject from audit_records where action = ${action} order by seq`).map(({ subject }) => subject);

describe('the administrator', () => {
  it('is made once, when several replicas start together', async () => {
    const { sql, start } = installations[0]!;
    await Promise.all([start(), start(), start()]);
    expect(await sql`select email, admin from users`).toEqual([{ email: ADMIN.email, admin: true }]);
    expect(await actions(sql, 'account.created')).toHaveLength(1);
    expect(await actions(sql, 'signing-key.added')).toHaveLength(1);
  });

  it('keeps the password of their own choice, until admin-password changes', async () => {
    const { sql, secret, start } = installations[1]!;
    const first = await start();
    const login = (url: string, password: string) => post(`${url}/auth/login`, { email: ADMIN.email, password });
    const { accessToken } = (await (await login(first.url, ADMIN.password)).json()) as { accessToken: string };
    const change = await fetch(`${first.url}/auth/password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ currentPassword: ADMIN.password, newPassword: PASSWORD }),
    });
    expect(change.status).toBe(200);
    const second = await start();
    expect((await login(second.url, ADMIN.password)).status).toBe(401);
    expect((await login(second.url, PASSWORD)).status).toBe(200);
    secret('admin-password', 'the way back in');
    await until(async () => (await actions(sql, 'password.reset')).length > 0, { what: 'the new password' });
    expect((await login(second.url, 'the way back in')).status).toBe(200);
    expect((await login(second.url, PASSWORD)).status).toBe(401);
    expect(await actions(sql, 'password.reset')).toHaveLength(1);
  });
});

describe('signing keys', () => {
  it('are rotated without a restart: the new one is published, then signs; old tokens stay good; both are recorded', async () => {
    const { sql, secret, start } = installations[2]!;
    const server = await start();
    const login = async () => ((await (await post(`${server.url}/auth/login`, ADMIN)).json()) as { accessToken: string }).accessToken;
    const published = async () =>
      ((await (await fetch(`${server.url}/auth/.well-known/jwks.json`)).json()) as { keys: Array<{ kid: string }> }).keys.map(
        ({ kid }) => kid,
      );
    const before = await login();
    const [old] = await published();

    const rotated = await rotate(parseKeySet(secret('jwt-secret')), new Date());
    secret('jwt-secret', JSON.stringify(rotated));
    await until(async () => (await published()).length === 2, { what: 'both keys published', every: 100 });
    expect(decodeProtectedHeader(await login()).kid).toBe(old);

    const [next] = rotated.keys;
    secret('jwt-secret', JSON.stringify({ keys: [{ ...next, activeFrom: new Date().toISOString() }, rotated.keys[1]] }));
    await until(async () => decodeProtectedHeader(await login()).kid === next!.kid, { what: 'the new key signs', every: 100 });
    expect((await fetch(`${server.url}/auth/me`, { headers: { authorization: `Bearer ${before}` } })).status).toBe(200);

    secret('jwt-secret', JSON.stringify({ keys: [next] }));
    await until(async () => (await actions(sql, 'signing-key.removed')).length > 0, { what: 'the record of its removal' });
    expect(await actions(sql, 'signing-key.added')).toEqual([`signing-key:${old}`, `signing-key:${next!.kid}`]);
    expect(await actions(sql, 'signing-key.removed')).toEqual([`signing-key:${old}`]);
    expect((await fetch(`${server.url}/auth/me`, { headers: { authorization: `Bearer ${before}` } })).status).toBe(401);
  });

  it('a bad file stops the start with its name and without its content', async () => {
    for (const content of ['no JSON and secret', '{"keys":[]}', '{"keys":[{"kty":"RSA","d":"secret"}]}']) {
      const secret = { file: '/etc/secrets/jwt-secret', value: content, onChange: () => {} };
      const failure = await SigningKeys.open(secret as never, () => {}).catch((error) => error.message);
      expect(failure).toMatch(/^secret file \/etc\/secrets\/jwt-secret: /);
      expect(failure).not.toContain('and secret');
    }
  });

  it('node src/keys.ts makes and rotates the file, and never overwrites one', () => {
    const directory = mkdtempSync(join(tmpdir(), 'taskflow-keys-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'jwt-secret');
    const read = () => parseKeySet(readFileSync(file, 'utf8')).keys;
    run('new', file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [first] = read();
    expect(() => run('new', file)).toThrow(/exists/);
    run('rotate', file);
    expect(read()).toEqual([expect.anything(), first]);
    expect(Date.parse(read()[0]!.activeFrom!) - Date.now()).toBeGreaterThan(4 * 60_000);
    expect(() => run('rotate')).toThrow(/usage/);
  });

  it('rotating drops a key an hour after its successor began to sign', async () => {
    const now = new Date('2030-01-01T12:00:00Z');
    const at = (minutesAgo: number) => createKey(new Date(now.getTime() - minutesAgo * 60_000));
    const [third, second, first] = [await at(30), await at(70), await at(200)];
    const { keys } = await rotate({ keys: [third, second, first] }, now);
    expect(keys.slice(1)).toEqual([third, second]);
  });
});

describe('settings', () => {
  it('PUBLIC_URL with https makes __Host- cookies that are Secure', async () => {
    const reply = await secure.call('POST', '/auth/login', ADMIN);
    expect(reply.headers.get('set-cookie')).toMatch(/^__Host-taskflow=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    const headers = { cookie: `__Host-taskflow=${cookieOf(reply)}` };
    expect((await secure.call('POST', '/auth/refresh', undefined, headers)).status).toBe(200);
  });

  it('REGISTRATION=invitation tells nothing to those without one, and lets those with one in', async () => {
    const body = { email: ADMIN.email, password: PASSWORD, name: 'Bo' };
    for (const email of [ADMIN.email, 'new@example.com']) {
      const reply = await closed.call('POST', '/auth/register', { ...body, email });
      expect(reply).toMatchObject({ status: 403, body: { code: 'registration_by_invitation' } });
    }
    const guess = await closed.call('POST', '/auth/register', { ...body, invitation: 'x'.repeat(43) });
    expect(guess).toMatchObject({ status: 404, body: { code: 'invitation_invalid' } });
    const administrator = await closed.administrator();
    const { body: invitation } = await administrator.call('POST', `/auth/workspaces/${administrator.workspaceId}/invitations`, {});
    expect((await closed.call('POST', '/auth/register', { ...body, email: 'bo@example.com', invitation: invitation.token })).status).toBe(
      201,
    );
  });
});
