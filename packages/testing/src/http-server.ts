import { createServer, type Server, type ServerOptions } from '@taskflow/http/server';
import type { ServerSettings } from '@taskflow/http/settings';
import { afterAll } from 'vitest';
import { until } from './until.ts';

/** Free ports, no log, and no waiting at the end. */
export const TEST_SETTINGS: ServerSettings = {
  HOST: '127.0.0.1',
  PORT: 0,
  OPERATIONS_PORT: 0,
  LOG_LEVEL: 'silent',
  ENVIRONMENT: 'test',
  SECRETS_DIR: '',
  DRAIN_SECONDS: 0,
  SHUTDOWN_SECONDS: 1,
};

/** A bare server of the HTTP library on free ports, ready, with the routes that `compose` adds; closed after the test file. */
export async function testServer(
  compose: (app: Server) => unknown = () => {},
  { settings = {}, ...options }: Partial<Omit<ServerOptions, 'settings'>> & { settings?: Partial<ServerSettings> } = {},
): Promise<Server> {
  const app = await createServer({
    service: 'test',
    description: 'A server of a test',
    settings: { ...TEST_SETTINGS, ...settings },
    ...options,
  });
  await compose(app);
  afterAll(() => app.shutdown());
  await app.open();
  await until(() => app.health.started);
  return app;
}
