import { parseArgs } from 'node:util';
import { probe } from './probe.ts';
import { parseTargets, type Target, TargetError } from './targets.ts';

const USAGE = 'usage: wait name=http://host:port/ [name=tcp://host:port …] [--timeout seconds]';
const DEFAULT_TIMEOUT_SECONDS = 120;
const PROBE_TIMEOUT_MS = 2000;
const LEAST_PROBE_MS = 100;
const RETRY_MS = { first: 100, most: 1000 };

export interface Output {
  line(text: string): void;
  error(text: string): void;
}

/**
 * The `wait` command, the init container that holds a pod until what it needs is there. Says what it waits for, one line
 * for each change.
 * @returns the exit code: 0 when all are ready, 1 when they were not within the time, 2 for wrong arguments
 */
export async function wait(args: string[], output: Output): Promise<number> {
  let task: { targets: Target[]; seconds: number };
  try {
    task = parseArguments(args);
  } catch (error) {
    output.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  const { targets, seconds } = task;
  const begin = performance.now();
  const deadline = begin + seconds * 1000;
  const missing = new Map<string, string>();
  await Promise.all(targets.map((target) => untilReady(target, deadline, missing, output)));
  if (missing.size === 0) {
    output.line(`all ready after ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    return 0;
  }
  const reasons = [...missing].map(([name, reason]) => `${name} (${reason})`);
  output.error(`gave up after ${seconds} s: not ready: ${reasons.join(', ')}`);
  return 1;
}

function parseArguments(args: string[]): { targets: Target[]; seconds: number } {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { timeout: { type: 'string' } } });
  const seconds = Number(values.timeout ?? DEFAULT_TIMEOUT_SECONDS);
  if (!(seconds > 0 && seconds <= 86_400)) throw new TargetError(`--timeout is ${values.timeout}: expected seconds, up to a day`);
  if (positionals.length === 0) throw new TargetError('there is nothing to wait for');
  return { targets: parseTargets(positionals), seconds };
}

async function untilReady(target: Target, deadline: number, missing: Map<string, string>, output: Output): Promise<void> {
  const { name, url } = target;
  for (let pause = RETRY_MS.first; ; pause = Math.min(pause * 2, RETRY_MS.most)) {
    const remaining = deadline - performance.now();
    // The pause may have overrun; a probe without time would only hide the reason of the one before.
    if (missing.has(name) && remaining < LEAST_PROBE_MS) return;
    const timeoutMs = Math.max(1, Math.ceil(Math.min(PROBE_TIMEOUT_MS, remaining)));
    const { ready, error = 'not ready' } = await probe(target, { timeoutMs, degradedAboveMs: Number.POSITIVE_INFINITY });
    if (ready) {
      missing.delete(name);
      output.line(`${name} is ready`);
      return;
    }
    if (missing.get(name) !== error) output.line(`waiting for ${name} at ${url.href}: ${error}`);
    missing.set(name, error);
    // Full jitter, so that the pods of a cluster that starts do not ask in step.
    const jittered = pause * (0.5 + Math.random() / 2);
    if (performance.now() + jittered >= deadline) return;
    await new Promise((resolve) => setTimeout(resolve, jittered));
  }
}
