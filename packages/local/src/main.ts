import { spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { logPrinter } from './logs.ts';
import { PostgresError } from './postgres.ts';
import { services } from './services.ts';
import { PortTakenError, System, type SystemEvent, version } from './system.ts';

// npm start: everything on this machine, until Ctrl-C, from bundles (--no-build takes those that are there).
// With --watch (npm run dev) from the sources, and a service reloads when its code changes.

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { values: flags } = parseArgs({
  options: { watch: { type: 'boolean', default: false }, 'no-build': { type: 'boolean', default: false } },
});
const home = process.env.TASKFLOW_HOME ?? join(root, '.taskflow');
const pretty = process.env.LOG_FORMAT !== 'json';
const names = ['database', ...services.map(({ name }) => name), 'frontend'];

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const system = new System({
  home,
  watch: flags.watch,
  bundles: !flags.watch,
  portOffset: portOffset(),
  databaseUrl: databaseUrl(),
  frontend: true,
  environment: process.env.LOG_LEVEL ? { LOG_LEVEL: process.env.LOG_LEVEL } : {},
  onLine: logPrinter(names, {
    pretty,
    verbose: /^(debug|trace)$/.test(process.env.LOG_LEVEL ?? ''),
    write: (text) => process.stdout.write(text),
  }),
  onEvent: showEvent,
});

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

say(styleText('bold', `TaskFlow ${version()}`));
try {
  if (!flags.watch && !flags['no-build']) build();
  await system.start();
  if (!stopping) sayWelcome();
} catch (error) {
  const expected =
    error instanceof PortTakenError || error instanceof PostgresError || (error as { code?: string }).code === 'ECONNREFUSED';
  console.error(
    expected ? (error as Error).message || 'the database at DATABASE_URL does not answer: start it, or unset DATABASE_URL' : error,
  );
  await system.stop();
  process.exit(1);
}

async function stop(): Promise<void> {
  if (stopping) process.exit(1); // a second Ctrl-C: at once
  stopping = true;
  say('\nStopping: requests in flight finish first. Press Ctrl-C again to end at once.');
  await system.stop();
  say('Stopped.');
  process.exit(0);
}

function showEvent(event: SystemEvent): void {
  if (stopping) return;
  const name = event.name.padEnd(15);
  if (event.kind === 'ready') say(`  ${styleText('green', '✓')} ${name} ready in ${(event.milliseconds / 1000).toFixed(2)} s`);
  else say(`  ${styleText('red', '✗')} ${name} ${event.reason}; starting it again in ${event.waitMs / 1000} s`);
}

function sayWelcome(): void {
  say(`
  ${styleText('bold', `TaskFlow is at ${system.url}`)}
  Sign in as admin@taskflow.local with the password ${system.adminPassword}
  API reference: ${system.url}/api/docs   Data: ${relative(process.cwd(), home) || home}   End with Ctrl-C
`);
}

/** The bundles and the web app, as the images carry them; quick when nothing has changed since the last time. */
function build(): void {
  const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo');
  const { status, stdout } = spawnSync(process.execPath, [turbo, 'run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the services do not build:\n${stdout}`);
}

function portOffset(): number {
  const given = process.env.PORT_OFFSET ?? '0';
  if (/^\d{1,5}$/.test(given) && Number(given) <= 50_000) return Number(given);
  console.error(`PORT_OFFSET is ${JSON.stringify(given)}: expected a number from 0 to 50000, which is added to every port`);
  process.exit(1);
}

/** Not shown when it is wrong: it may hold a password. */
function databaseUrl(): string | undefined {
  const given = process.env.DATABASE_URL;
  if (!given || /^postgres(ql)?:$/.test(URL.parse(given)?.protocol ?? '')) return given || undefined;
  console.error('DATABASE_URL is no address of a PostgreSQL server: expected postgres://user:password@host:port/database, of a superuser');
  process.exit(1);
}
