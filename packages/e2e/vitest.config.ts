import { defineConfig } from 'vitest/config';

// The stories run one after the other: each starts the whole system.
export default defineConfig({ test: { testTimeout: 180_000, hookTimeout: 120_000, fileParallelism: false } });
