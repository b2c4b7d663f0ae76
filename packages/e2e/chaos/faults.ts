import type { ServiceName } from '@taskflow/local/services';
import type { TcpProxy } from '@taskflow/testing/tcp-proxy';
import type { World } from '../src/world.ts';

export type Link = 'gateway → tasks' | 'to auth' | 'to notifications';

/** Something that goes wrong: when after the beginning, and for how long. */
export interface Fault {
  atMs: number;
  name: string;
  run: (at: Stage) => Promise<void>;
}

/** Where faults happen. */
interface Stage {
  world: World;
  links: Record<Link, TcpProxy>;
}

const VICTIMS: ServiceName[] = ['gateway', 'auth', 'audit-sidecar', 'tasks', 'health-checker', 'notifications', 'metrics'];
const LINKS: Link[] = ['gateway → tasks', 'to auth', 'to notifications'];

/** The faults of a seed, spread over the time: the same seed gives the same ones. */
export function schedule(random: () => number, duringMs: number, count: number): Fault[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const forMs = () => 500 + Math.floor(random() * 3500);
  const make: Array<() => Omit<Fault, 'atMs'>> = [
    () => killed(pick(VICTIMS)),
    () => killed('database'),
    () => paused(pick(VICTIMS), forMs()),
    () => cut(pick(LINKS)),
    () => frozen(pick(LINKS), forMs()),
  ];
  return Array.from({ length: count }, (_, index) => ({ atMs: Math.floor(((index + random()) / count) * duringMs), ...pick(make)() }));
}

const killed = (victim: ServiceName | 'database'): Omit<Fault, 'atMs'> => ({
  name: `SIGKILL of ${victim}`,
  run: async ({ world }) => signal(world, victim, 'SIGKILL'),
});

/** A process that the kernel gives no time, as on an overcommitted node: it answers nothing, and does not know of it. */
const paused = (victim: ServiceName, ms: number): Omit<Fault, 'atMs'> => ({
  name: `SIGSTOP of ${victim} for ${ms} ms`,
  run: async ({ world }) => {
    const pid = world.system.pid(victim);
    if (pid === undefined) return;
    signal(world, victim, 'SIGSTOP');
    await wait(ms);
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // killed meanwhile
    }
  },
});

const cut = (link: Link): Omit<Fault, 'atMs'> => ({
  name: `connections reset ${link}`,
  run: async ({ links }) => links[link].cut(),
});

const frozen = (link: Link, ms: number): Omit<Fault, 'atMs'> => ({
  name: `nothing gets through ${link} for ${ms} ms`,
  run: async ({ links }) => {
    links[link].freeze();
    await wait(ms);
    links[link].thaw();
  },
});

function signal(world: World, victim: ServiceName | 'database', name: NodeJS.Signals): void {
  const pid = world.system.pid(victim);
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch {
    // between its end and its next start
  }
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
