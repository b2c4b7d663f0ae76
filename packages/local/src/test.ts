import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// npm test: every package's tests through turbo, which runs again only what changed. Arguments go to turbo.

const root = fileURLToPath(new URL('../../..', import.meta.url));
const turbo = spawn('turbo', ['run', 'test', '--concurrency=3', '--output-logs=errors-only', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
turbo.on('exit', (code) => process.exit(code ?? 1));
