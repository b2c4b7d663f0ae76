import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Command {
  name: string;
  /** arguments of Node */
  arguments: string[];
  cwd: string;
  environment: NodeJS.ProcessEnv;
}

export interface Listeners {
  line(name: string, line: string): void;
  /** the process ended without being told to; it will be started again after `waitMs` */
  crashed(name: string, reason: string, waitMs: number): void;
}

const RESTART_MS = { first: 200, most: 5000 };
/** A process that has lived so long has recovered: the next restart is quick again. */
const STABLE_MS = 10_000;
const LEASH = new URL('./leash.ts', import.meta.url).href;

/** A process that is started again whenever it ends by itself, with growing pauses, as Kubernetes would do. */
export class Supervised {
  readonly name: string;
  readonly #command: Command;
  readonly #listeners: Listeners;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #wait = RESTART_MS.first;

  constructor(command: Command, listeners: Listeners) {
    this.name = command.name;
    this.#command = command;
    this.#listeners = listeners;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { cwd, environment } = this.#command;
    const begin = Date.now();
    const child = spawn(process.execPath, ['--import', LEASH, ...this.#command.arguments], {
      cwd,
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // a terminal's Ctrl-C goes to the runner alone, which ends the services in order
    });
    this.#child = child;
    child.stdin.on('error', () => {});
    this.#readLines(child.stdout);
    this.#readLines(child.stderr);
    child.once('exit', (code, signal) => {
      if (this.#stopping) return;
      if (Date.now() - begin > STABLE_MS) this.#wait = RESTART_MS.first;
      this.#listeners.crashed(this.name, signal ? `ended by ${signal}` : `exit code ${code}`, this.#wait);
      this.#timer = setTimeout(() => this.start(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, RESTART_MS.most);
    });
  }

  /** SIGTERM, and SIGKILL when it has not ended within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(hard);
  }

  #readLines(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => this.#listeners.line(this.name, line));
  }
}
