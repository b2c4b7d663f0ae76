import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface RunningProcess {
  child: ChildProcess;
  out(): string;
  err(): string;
  /** resolves with the exit code, or the name of the signal that ended it */
  end: Promise<number | string>;
}

/** The real program, ended after the test file if it still runs. */
export function runMain(args: string[], environment: Record<string, string> = {}): RunningProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...environment } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  afterAll(() => child.kill('SIGKILL'));
  const end = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return { child, out: () => out, err: () => err, end };
}
