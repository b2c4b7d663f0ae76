import { defineConfig } from 'vitest/config';

// One system for all seeds, one after the other.
export default defineConfig({ test: { dir: 'chaos', testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } });
