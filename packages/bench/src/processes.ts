import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';

/** Processes under measurement: each alone, so that its processor time is its own. */
export interface Measured {
  pid: number;
  stop: () => Promise<void>;
}

/** Starts a command, and waits until the address answers. */
export async function start(
  command: string,
  arguments_: string[],
  { ready, cwd, environment = {} }: { ready: string; cwd?: string; environment?: NodeJS.ProcessEnv },
): Promise<Measured> {
  const child = spawn(command, arguments_, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, ...environment },
    ...(cwd ? { cwd } : {}),
  });
  await untilAnswering(ready, child);
  return { pid: child.pid!, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  for (const end = performance.now() + 15_000; performance.now() < end; ) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode} before it answered at ${url}`);
    try {
      if ((await fetch(url)).status < 500) return;
    } catch {
      // not yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answered at ${url} within 15 s`);
}

/** The kernel counts processor time in hundredths of a second: proc(5), utime and stime. */
const TICKS_A_SECOND = 100;
export const canMeasureProcesses = existsSync('/proc/self/stat');

/** Processor seconds that a process has used so far, its threads included. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Resident bytes, as proc(5) tells them. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}
