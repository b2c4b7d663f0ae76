import { defineConfig } from 'vitest/config';

// The stories run one after the other: each starts the whole system. (The tests on a cluster are npm run e2e.) What needs a cluster has a configuration of its own.
export default defineConfig({ test: { dir: 'test', testTimeout: 180_000, hookTimeout: 120_000, fileParallelism: false } });
