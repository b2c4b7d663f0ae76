import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const OFFSET = 21_000;
const running: ChildProcess[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-start-'));
  chmodSync(folder, 0o755); // root's database runs as another user, who must reach it
  folders.push(folder);
  return folder;
}

/** `npm start` without npm: what it prints, as it prints it. */
class Start {
  output = '';
  readonly child: ChildProcess;
  readonly #waiters: Array<() => void> = [];

  constructor(environment: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [MAIN, '--no-build'], {
      env: { ...process.env, PORT_OFFSET: String(OFFSET), LOG_LEVEL: 'error', ...environment },
    });
    running.push(this.child);
    const wake = () => {
      for (const waiter of this.#waiters.splice(0)) waiter();
    };
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
        wake();
      });
    }
    this.child.once('close', wake);
  }

  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.child.exitCode !== null) throw new Error(`it ended without printing ${pattern}:\n${this.output}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  async ends(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }
}

const signIn = (url: string, password: string) =>
  fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email: 'admin@taskflow.local', password }),
  });

describe('npm start', () => {
  it('brings everything up, says how to sign in, ends cleanly, and finds its data again', async () => {
    const TASKFLOW_HOME = home();
    const first = new Start({ TASKFLOW_HOME });
    const url = (await first.prints(/TaskFlow is at (http:\S+)/))[1] as string;
    const password = (await first.prints(/with the password (\S+)/))[1] as string;
    for (const name of [
      'database',
      'auth',
      'audit-sidecar',
      'tasks',
      'health-checker',
      'notifications',
      'metrics',
      'gateway',
      'frontend',
    ]) {
      expect(first.output).toMatch(new RegExp(`✓ ${name} +ready in`));
    }
    const answer = await signIn(url, password);
    expect(answer.status).toBe(200);
    const { user } = (await answer.json()) as { user: { id: string } };

    first.child.kill('SIGINT');
    expect(await first.ends()).toBe(0);
    expect(first.output).toMatch(/Stopped\.\s*$/);

    const second = new Start({ TASKFLOW_HOME });
    await second.prints(/TaskFlow is at/);
    expect(second.output).toContain(password);
    expect(await (await signIn(url, password)).json()).toMatchObject({ user: { id: user.id } });
  });

  it('ends the services when it is killed itself, and starts over what it left behind', async () => {
    const TASKFLOW_HOME = home();
    const first = new Start({ TASKFLOW_HOME });
    await first.prints(/TaskFlow is at/);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    for (;;) {
      const second = new Start({ TASKFLOW_HOME });
      const isUp = await second.prints(/TaskFlow is at/).then(
        () => true,
        () => false,
      );
      if (isUp) break;
      expect(second.output).toMatch(/ports are taken/); // the last services are still shutting down
    }
  });

  it('names a port that is taken', async () => {
    const blocker = createServer().listen(3000 + OFFSET, '127.0.0.1');
    await once(blocker, 'listening');
    const start = new Start({ TASKFLOW_HOME: home() });
    expect(await start.ends()).toBe(1);
    blocker.close();
    expect(start.output).toContain(`${3000 + OFFSET} (gateway)`);
    expect(start.output).toMatch(/PORT_OFFSET/);
  });

  it('names a database folder that is broken, and leaves it as it is', async () => {
    const TASKFLOW_HOME = home();
    const data = join(TASKFLOW_HOME, 'postgres', 'data');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'precious'), 'kept');
    const start = new Start({ TASKFLOW_HOME });
    expect(await start.ends()).toBe(1);
    expect(start.output).toContain(`${data} is no PostgreSQL data folder: restore it, or move it away`);
    expect(readFileSync(join(data, 'precious'), 'utf8')).toBe('kept');
  });

  it('is said of an address of the database that is none, without showing it', async () => {
    const start = new Start({ TASKFLOW_HOME: home(), DATABASE_URL: 'mysql://root:secret@db' });
    expect(await start.ends()).toBe(1);
    expect(start.output.trim().split('\n')).toEqual([expect.stringMatching(/^DATABASE_URL .*: expected postgres:\/\/user/)]);
    expect(start.output).not.toContain('secret');
  });

  it('names a wrong setting', async () => {
    const start = new Start({ TASKFLOW_HOME: home(), PORT_OFFSET: 'many' });
    expect(await start.ends()).toBe(1);
    expect(start.output).toContain('PORT_OFFSET is "many": expected a number from 0 to 50000');
  });
});
