import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from '@taskflow/http/server';
import type { Environment } from '@taskflow/http/settings';
import { afterAll, inject } from 'vitest';
import { createDatabase } from './postgres.ts';
import './postgres-setup.ts';
import { until } from './until.ts';

/** An own empty database for this test file, dropped after it. Needs the postgres-setup in the Vitest configuration. */
export async function testDatabase(service: string): Promise<string> {
  const database = await createDatabase(inject('postgresUrl'), service);
  afterAll(() => database.drop());
  return database.url;
}

/** A folder of secret files, removed after the test file. */
export function testSecrets(secrets: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'taskflow-secrets-'));
  mkdirSync(directory, { recursive: true });
  for (const [name, value] of Object.entries(secrets)) writeFileSync(join(directory, name), value);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts a service in this process on free ports, waits until it is ready, and shuts it down after the test file. */
export async function testService(
  start: (environment: Environment) => Promise<Server>,
  { secrets = {}, settings = {} }: { secrets?: Record<string, string>; settings?: Environment } = {},
): Promise<Server> {
  const server = await start({
    PORT: '0',
    OPERATIONS_PORT: '0',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
    ENVIRONMENT: 'test',
    DRAIN_SECONDS: '0',
    SHUTDOWN_SECONDS: '1',
    SECRETS_DIR: testSecrets(secrets),
    ...settings,
  });
  afterAll(() => server.shutdown());
  await server.open();
  await until(async () => (await fetch(server.url)).ok, { what: 'readiness' });
  return server;
}
