import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

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
console.log(totals());
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

/** What ran now or, where nothing changed since, when it ran last: turbo keeps what each package's tests printed. */
function totals(): string {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const log of globSync('{packages,services}/*/.turbo/turbo-test.log', { cwd: root })) {
    const line =
      stripVTControlCharacters(readFileSync(join(root, log), 'utf8')).match(/^.*\bTests +.*\d+ (?:passed|failed).*$/m)?.[0] ?? '';
    for (const [, number, outcome] of line.matchAll(/(\d+) (passed|failed|skipped)/g))
      count[outcome as keyof typeof count] += Number(number);
  }
  return `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
}
