import type { Prober } from './prober.ts';
import type { Reporter } from './reporter.ts';

/** What the operations work with. */
export interface Context {
  probers: Prober[];
  reporter: Reporter;
}
