import 'vitest';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** address of the superuser of the run's PostgreSQL */
    postgresUrl: string;
  }
}

/** Vitest global set-up: one PostgreSQL for the run, or the one that TEST_POSTGRES_URL names. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_POSTGRES_URL;
  const server = given ? { url: given, stop: async () => {} } : await startPostgres();
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}
