import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['@taskflow/testing/postgres-setup'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    isolate: false, // each file has a database and servers of its own; loading the modules anew for each would double the time
  },
});
