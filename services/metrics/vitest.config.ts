import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: ['@taskflow/testing/postgres-setup'], isolate: false, testTimeout: 20_000, hookTimeout: 60_000 },
});
