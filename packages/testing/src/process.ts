import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export interface RunningProcess {
  child: ChildProcess;
  /** what it has written so far */
  out(): string;
  err(): string;
  /** resolves with the exit code, or the name of the signal that ended it */
  end: Promise<number | string>;
}

/**
 * Runs a program as a process of its own, with no other environment than is given, and ends it after the test file if it
 * still runs.
 * @param program such as new URL('../src/main.ts', import.meta.url)
 */
export function testProcess(program: URL, args: string[], environment: Record<string, string> = {}): RunningProcess {
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], { env: { PATH: process.env.PATH, ...environment } });
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
