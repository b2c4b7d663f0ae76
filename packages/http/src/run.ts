import type { Server } from './server.ts';
import { type Environment, SettingsError } from './settings.ts';

/**
 * Runs a service as a process: opens its ports, and shuts it down gracefully on SIGTERM or SIGINT (a second signal ends
 * it at once). What stops it from starting is one line on standard error and exit code 1.
 */
export async function run(start: (environment: Environment) => Promise<Server>): Promise<void> {
  try {
    const server = await start(process.env);
    const stop = (): void => {
      process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
      server.shutdown().then(
        () => process.exit(0),
        (error) => fail(error),
      );
    };
    process.once('SIGTERM', stop).once('SIGINT', stop);
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
