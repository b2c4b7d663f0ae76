import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** One file after the other in the order of their names: they share a cluster. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.sort((left, right) => left.moduleId.localeCompare(right.moduleId));
  }
}

export default defineConfig({
  test: {
    dir: 'cluster',
    globalSetup: 'cluster/setup.ts',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    sequence: { sequencer: ByName },
  },
});
