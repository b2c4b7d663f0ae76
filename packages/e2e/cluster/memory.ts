import { kubectl, list, type Pod } from './kubectl.ts';

const SAMPLE_MS = 10_000;
const SELECTOR = 'app.kubernetes.io/part-of=taskflow';

interface Peak {
  container: string;
  /** MiB */
  peak: number;
  limit: number;
}

/** The largest working set of each kind of container while it is watched, as metrics-server samples it. */
export class Memory {
  readonly #peaks = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  watch(): void {
    this.#timer = setInterval(() => this.#sample().catch(() => {}), SAMPLE_MS); // a pod may be too new to have a figure
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async peaks(): Promise<Peak[]> {
    await this.#sample();
    const containers = (await list<Pod>('pods', undefined, SELECTOR)).flatMap(({ spec }) => [
      ...(spec.initContainers ?? []),
      ...spec.containers,
    ]);
    const limits = new Map(containers.map(({ name, resources }) => [name, mebibytes(resources?.limits?.memory ?? '0Mi')]));
    return [...this.#peaks]
      .map(([container, peak]) => ({ container, peak, limit: limits.get(container) ?? 0 }))
      .sort((a, b) => b.peak - a.peak);
  }

  async #sample(): Promise<void> {
    const table = await kubectl(['top', 'pods', '-A', '-l', SELECTOR, '--containers', '--no-headers']);
    for (const line of table.trim().split('\n')) {
      const [, , container = '', , used = ''] = line.split(/\s+/);
      this.#peaks.set(container, Math.max(this.#peaks.get(container) ?? 0, mebibytes(used)));
    }
  }
}

function mebibytes(quantity: string): number {
  const [, number, unit] = /^(\d+)(Ki|Mi|Gi)$/.exec(quantity) ?? [];
  if (!number) throw new Error(`${quantity} is no amount of memory in Ki, Mi or Gi`);
  return Math.round(Number(number) * { Ki: 1 / 1024, Mi: 1, Gi: 1024 }[unit as 'Mi']);
}
