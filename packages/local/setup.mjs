// The entry of `npm start`, `npm run dev`, `npm test` and `npm run images`. It runs on whatever Node the machine has (20 or
// newer), installs what is missing, and goes on under the Node that this repository pins.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const commands = { start: ['main.ts'], dev: ['main.ts', '--watch'], test: ['test.ts'], images: ['images.ts'] };
const [script, ...flags] = commands[process.argv[2]] ?? fail(`expected one of: ${Object.keys(commands).join(', ')}`);

if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node ${process.versions.node} is too old: install Node 20 or newer`);
if (!isInstalled()) install();

const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
if (!existsSync(node))
  fail('the pinned Node is missing from node_modules: run "npm ci" (with install scripts allowed for the package "node")');

const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
const child = spawn(node, [join(root, 'packages', 'local', 'src', script), ...flags, ...process.argv.slice(3)], {
  cwd: root,
  stdio: 'inherit',
  env: { TURBO_TELEMETRY_DISABLED: '1', ...process.env, PATH: path },
});
// A terminal sends Ctrl-C to all of us; the child decides when it is over.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal === 'SIGINT' || child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : code));

/** Whether node_modules holds what the lock file says, as far as npm's own record of its last run tells. */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function install() {
  console.log('Installing dependencies (npm ci): this is done once and takes about a minute.');
  const arguments_ = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...arguments_], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', arguments_, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) fail('npm ci did not succeed; its messages stand above');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
