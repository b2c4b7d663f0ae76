import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceName, services } from '@taskflow/local/services';
import { System } from '@taskflow/local/system';
import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../src/random.ts';

const STARTS = 10;
const home = mkdtempSync(join(tmpdir(), 'taskflow-order-'));
chmodSync(home, 0o755);
afterAll(() => rmSync(home, { recursive: true, force: true }));

it(`becomes ready in ${STARTS} random orders of starting`, async () => {
  const random = seededRandom(7);
  for (let start = 0; start < STARTS; start++) {
    const order = shuffle(
      services.map(({ name }) => name),
      random,
    );
    const crashes: string[] = [];
    const system = new System({
      home,
      portOffset: 12_000,
      order,
      bundles: true,
      // Each start but the first finds the bundles compiled.
      environment: { LOG_LEVEL: 'error', NODE_COMPILE_CACHE: join(home, 'compile-cache') },
      onEvent: (event) => event.kind === 'crashed' && crashes.push(event.name),
    });
    await system.start();
    expect({ order, crashes }).toEqual({ order, crashes: [] });
    await system.stop();
  }
}, 240_000);

/** Fisher and Yates. */
function shuffle(names: ServiceName[], random: () => number): ServiceName[] {
  for (let index = names.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [names[index], names[other]] = [names[other] as ServiceName, names[index] as ServiceName];
  }
  return names;
}
