import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { readFlags } from './image-flags.ts';
import { type ImageLayers, layersOf, sizes } from './image-layers.ts';
import { services } from './services.ts';
import { version } from './system.ts';

// npm run images: builds the image of every process, one line each. What it does not know goes to `docker build`.

const root = fileURLToPath(new URL('../../..', import.meta.url));
const DIGESTS = 'k8s/overlays/prod/images/kustomization.yaml';
const USAGE = `npm run images -- [--verbose] [--platform linux/amd64,linux/arm64] [--push registry/prefix] [arguments of docker build]

  --verbose    shows what docker says while it builds
  --platform   for other machines than this one; several only together with --push
  --push       pushes to registry/prefix/<service>, and writes the digests to ${DIGESTS}`;
const names = ['frontend', ...services.map(({ name }) => name)];

/** Ends the command with one line that says what to do. */
class Failure extends Error {}

try {
  const { verbose, platforms, push, help, docker: dockerArguments } = readFlags(process.argv.slice(2));
  if (help) console.log(USAGE);
  else {
    expectBuilder(platforms, push);
    await buildAll({ verbose, platforms, push, dockerArguments });
  }
} catch (error) {
  if (!(error instanceof Failure || error instanceof RangeError)) throw error;
  console.error(`${styleText('red', '✗')} ${error.message}`);
  process.exitCode = 1;
}

interface Build {
  verbose: boolean;
  /** none: that of the builder */
  platforms: string[];
  /** registry and prefix */
  push: string | undefined;
  dockerArguments: string[];
}

async function buildAll(build: Build): Promise<void> {
  const commit = readCommit();
  const begin = performance.now();
  const destination = build.platforms.length > 0 ? `, for ${build.platforms.join(', ')}` : '';
  console.log(`Images of TaskFlow ${version()}, commit ${commit.tag}${destination}`);
  // The longest part, done once: the images share its result.
  const shared = ['-f', dockerfile('gateway'), '--target', 'dependencies', '--output', 'type=cacheonly'];
  await progress('dependencies', async () => {
    await dockerBuild('dependencies', shared, build);
    return '';
  });
  if (build.push) await pushAll(build.push, commit, build);
  else await keepAll(commit, build);
  console.log(`${names.length} images in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}

/** For the engine of this machine. */
async function keepAll(commit: Commit, build: Build): Promise<void> {
  const images: ImageLayers[] = [];
  for (const name of names) {
    await progress(name, async () => {
      const image = `taskflow/${name}:dev`;
      await dockerBuild(name, [...describe(name, commit), '-t', image, '-t', `taskflow/${name}:${commit.tag}`, '--load'], build);
      const history = docker(['history', '--no-trunc', '--human=false', '--format', '{{.Size}}', image]);
      const layers = layersOf(docker(['image', 'inspect', image]), history);
      images.push(layers);
      return megabytes(sizes([layers]).all).padStart(10);
    });
  }
  const { all, distinct } = sizes(images);
  console.log(`Tagged taskflow/<service>:${commit.tag} and :dev`);
  console.log(`${megabytes(all)} one by one; ${megabytes(distinct)} together, since they share ${megabytes(all - distinct)} of layers`);
}

async function pushAll(registry: string, commit: Commit, build: Build): Promise<void> {
  const digests: Record<string, string> = {};
  for (const name of names) {
    await progress(name, async () => {
      const image = `${registry}/${name}:${commit.tag}`;
      const { 'containerimage.digest': digest } = await dockerBuild(name, [...describe(name, commit), '-t', image, '--push'], build);
      if (typeof digest !== 'string') throw new Failure(`docker did not say which digest ${image} has`);
      digests[name] = digest;
      return digest;
    });
  }
  writeDigests(registry, digests);
  console.log(`Pushed to ${registry}/<service>:${commit.tag}; the digests are in ${DIGESTS}`);
}

/** What an image is made of, and what it says of itself. */
function describe(name: string, { revision, created, source }: Commit): string[] {
  const settings = {
    SERVICE: name,
    VERSION: version(),
    REVISION: revision,
    CREATED: created,
    // Read by BuildKit: the time that the image says it was made.
    SOURCE_DATE_EPOCH: Date.parse(created) / 1000,
  };
  const label = source ? ['--label', `org.opencontainers.image.source=${source}`] : [];
  return ['-f', dockerfile(name), ...Object.entries(settings).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]), ...label];
}

function dockerfile(name: string): string {
  return `docker/${name === 'frontend' ? 'frontend' : 'service'}.Dockerfile`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** One line: what is at work while it is (at a terminal), then how long it took and what came of it. */
async function progress(name: string, work: () => Promise<string>): Promise<void> {
  const begin = performance.now();
  const terminal = process.stdout.isTTY;
  const elapsed = (): string => `${((performance.now() - begin) / 1000).toFixed(1)} s`.padStart(8);
  const tick = (): void => void process.stdout.write(`\r  … ${name.padEnd(15)} ${elapsed()}`);
  const clock = terminal ? setInterval(tick, 100) : undefined;
  try {
    const result = await work();
    process.stdout.write(`${terminal ? '\r' : ''}  ${styleText('green', '✓')} ${name.padEnd(15)} ${`${elapsed()}  ${result}`.trimEnd()}\n`);
  } finally {
    clearInterval(clock);
    if (terminal) process.stdout.write('\r\u001b[K');
  }
}

/** @returns what buildx tells of the result */
async function dockerBuild(
  name: string,
  args: string[],
  { verbose, platforms, push, dockerArguments }: Build,
): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-images-'));
  const metadata = join(folder, 'metadata.json');
  const platform = platforms.length > 0 ? ['--platform', platforms.join(',')] : [];
  const all = ['buildx', 'build', '--progress', 'plain', '--metadata-file', metadata, ...platform, ...args, ...dockerArguments, '.'];
  try {
    const build = spawn('docker', all, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [build.stdout, build.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (verbose) process.stderr.write(text);
      });
    }
    const code = await new Promise((resolve, reject) => build.on('error', reject).on('close', resolve));
    if (code !== 0) {
      if (!verbose) process.stderr.write(`\n${output}`);
      throw new Failure(`${name} could not be ${push ? 'built and pushed' : 'built'}: what docker said stands above`);
    }
    return JSON.parse(readFileSync(metadata, 'utf8')) as Record<string, unknown>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function docker(args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What is known before anything is built. */
function expectBuilder(platforms: string[], push: string | undefined): void {
  const ask = (...args: string[]) => spawnSync('docker', args, { encoding: 'utf8' });
  const engine = ask('version', '--format', '{{.Server.Version}}');
  if (engine.error) throw new Failure('docker is not there: install Docker Engine 20.10 or newer, https://docs.docker.com/engine/install/');
  if (engine.status !== 0) {
    const [reason = ''] = engine.stderr.trim().split('\n').slice(-1);
    throw new Failure(`the Docker engine does not answer; start it, or let DOCKER_HOST name one that runs (docker says: ${reason})`);
  }
  if (ask('buildx', 'version').status !== 0)
    throw new Failure('docker has no buildx: install the package docker-buildx-plugin, https://github.com/docker/buildx');
  if (platforms.length < 2) return;
  if (!push) throw new Failure('images for several platforms cannot be kept by an engine: add --push registry/prefix');
  const builder = ask('buildx', 'inspect').stdout;
  const storage = ask('info', '--format', '{{.DriverStatus}}').stdout;
  if (/^Driver:\s+docker$/m.test(builder) && !storage.includes('io.containerd.snapshotter')) {
    throw new Failure(
      'this builder makes images of its own platform only: make another by "docker buildx create --use --driver docker-container"',
    );
  }
}

interface Commit {
  /** short, with -dirty when the tree differs from it */
  tag: string;
  revision: string;
  /** RFC 3339 */
  created: string;
  /** where the sources are, when git knows an address that others can use */
  source: string | undefined;
}

function readCommit(): Commit {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const suffix = git('status', '--porcelain') ? '-dirty' : '';
    const created = new Date(Number(git('show', '-s', '--format=%ct', 'HEAD')) * 1000).toISOString();
    return {
      tag: git('rev-parse', '--short=12', 'HEAD') + suffix,
      revision: git('rev-parse', 'HEAD') + suffix,
      created,
      source: publicAddress(spawnSync('git', ['remote', 'get-url', 'origin'], { cwd: root, encoding: 'utf8' }).stdout.trim()),
    };
  } catch {
    throw new Failure('images are named after the commit, and there is none: run this in a git clone');
  }
}

/** git@host:path and ssh://… as https://…; credentials go. */
function publicAddress(remote: string): string | undefined {
  const match = /^(?:https:\/\/|ssh:\/\/)?(?:[^@/]+@)?([\w.-]+\.\w+)(?::\d+)?[:/](.+?)(?:\.git)?$/.exec(remote);
  return remote.startsWith('/') || !match ? undefined : `https://${match[1]}/${match[2]}`;
}

function writeDigests(registry: string, digests: Record<string, string>): void {
  const images = names.map((name) => `  - name: taskflow/${name}\n    newName: ${registry}/${name}\n    digest: ${digests[name]}\n`);
  const text = `# Written by "npm run images -- --push": which images run, named by what they are.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
${images.join('')}`;
  writeFileSync(join(root, DIGESTS), text);
}
