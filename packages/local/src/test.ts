import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// npm test: every package's tests through turbo, which runs again only what changed. Arguments go to turbo.

const root = fileURLToPath(new URL('../../..', import.meta.url));
const given = process.argv.slice(2);
/** What waits for the bundles. The stories among it take longest; turbo on its own, which knows no priorities, begins them last. */
const BUNDLED = ['@taskflow/e2e', '@taskflow/local'];

const chosen = given.some((argument) => /^(-F|--filter|--affected)/.test(argument));
const codes = chosen
  ? [await test('--concurrency=3')]
  : await Promise.all([
      test('--concurrency=1', ...BUNDLED.map((name) => `--filter=${name}`)),
      // Nothing in here builds: no bundle is written anew while a story runs it.
      test('--concurrency=2', ...BUNDLED.map((name) => `--filter=!${name}`)),
    ]);
process.exit(Math.max(...codes));

/** @returns turbo's exit code */
function test(...flags: string[]): Promise<number> {
  const turbo = spawn('turbo', ['run', 'test', '--output-logs=errors-only', ...flags, ...given], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return new Promise((resolve) => turbo.on('exit', (code) => resolve(code ?? 1)));
}
