import { defineConfig } from 'vitest/config';

// The files share their loaded modules, not their servers: half of the run would go into loading them again.
export default defineConfig({ test: { isolate: false, testTimeout: 20_000, hookTimeout: 60_000 } });
