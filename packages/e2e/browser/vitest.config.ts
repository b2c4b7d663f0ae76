import { defineConfig } from 'vitest/config';

// In real Chromium, against the whole product; each file starts one, so they run one after the other.
export default defineConfig({ test: { dir: 'browser', testTimeout: 60_000, hookTimeout: 120_000, fileParallelism: false } });
