import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@taskflow/testing/postgres';
import { testDatabase, testSecrets } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { testAuditLog } from './audit-log.ts';
import { PASSWORD, secretsOf } from './auth.ts';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

const log = await testAuditLog();
const databaseUrl = await testDatabase('auth');
const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
afterAll(() => sql.end());
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const environment = {
  ...process.env,
  PORT: String(port),
  OPERATIONS_PORT: '0',
  LOG_LEVEL: 'error',
  AUDIT_URL: log.url,
  SECRETS_DIR: testSecrets(await secretsOf(databaseUrl)),
};

it('kill -9 in the middle of work: no acknowledged account without its records, none twice, all in order', async () => {
  let running: ChildProcess | undefined;
  const startProcess = async () => {
    running = spawn(process.execPath, [MAIN], { env: environment, stdio: 'inherit' });
    await until(async () => (await fetch(url)).ok, { what: 'readiness', ms: 60_000 });
  };
  const killProcess = async () => {
    const exited = once(running!, 'exit');
    running!.kill('SIGKILL');
    await exited;
  };
  onTestFinished(() => void running?.kill('SIGKILL'));

  const acknowledged: string[] = [];
  const register = async (email: string) => {
    const reply = await fetch(`${url}/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD, name: 'Ana Example' }),
    });
    if (reply.status === 201) acknowledged.push(((await reply.json()) as { user: { id: string } }).user.id);
  };

  for (let round = 0; round < 2; round++) {
    await startProcess();
    const requests = Array.from({ length: 12 }, (_, i) => register(`${round}-${i}@example.com`).catch(() => {}));
    const before = acknowledged.length;
    await until(() => acknowledged.length >= before + 4, { what: 'some work done' });
    await killProcess();
    await Promise.all(requests);
  }
  await startProcess();
  await until(async () => (await sql`select from audit_records where leaf_index is null`).length === 0, { what: 'delivery' });

  const created = log.records.filter(({ action }) => action === 'account.created').map(({ subject }) => subject);
  expect(acknowledged.length).toBeGreaterThanOrEqual(8);
  expect(created).toEqual(expect.arrayContaining(acknowledged.map((id) => `user:${id}`)));
  const accounts = await sql`select id from users`;
  expect(created.toSorted()).toEqual(accounts.map(({ id }) => `user:${id}`).toSorted());
  const rows = await sql`select id from audit_records order by xid, seq`;
  expect(log.records.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
}, 180_000);
