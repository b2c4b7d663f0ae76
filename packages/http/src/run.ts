import type { Server } from './server.ts';
import { type Environment, SettingsError } from './settings.ts';

/**
 * Runs a service as a process: opens its ports, and shuts it down gracefully on SIGTERM or SIGINT (a second signal ends
 * it at once). What stops it from starting is one line on standard error and exit code 1.
 */
export async function run(start: (environment: Environment) => Promise<Server>): Promise<void> {
  let server: Server | undefined;
  const stop = (): void => {
    if (!server) process.exit(0);
    process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
    server.shutdown().then(
      () => process.exit(0),
      (error) => fail(error),
    );
  };
  // From the beginning: process 1 of a container ignores a signal that it does not handle, and would only be killed.
  process.once('SIGTERM', stop).once('SIGINT', stop);
  try {
    server = await start(process.env);
    await server.open();
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  const { code, port, message, stack } = error as NodeJS.ErrnoException & { port?: number };
  if (error instanceof SettingsError) console.error(message);
  else if (code === 'EADDRINUSE') console.error(`port ${port} is taken: stop what listens there, or set another PORT or OPERATIONS_PORT`);
  else console.error(stack ?? String(error));
  process.exit(1);
}
