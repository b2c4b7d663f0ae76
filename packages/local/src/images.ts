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
  platforms: string[];
  push: string | undefined;
  dockerArguments: string[];
}

async function buildAll(build: Build): Promise<void> {
  const commit = readCommit();
  const begin = performance.now();
  console.log(
    `Images of TaskFlow ${version()}, commit ${commit.tag}${build.platforms.length > 0 ? `, for ${build.platforms.join(', ')}` : ''}`,
  );
  // The longest part, done once: the images share its result.
  await progress('dependencies', () => dockerBuild(['-f', dockerfile('gateway'), '--target', 'dependencies'], build, 'dependencies'));

  const digests: Record<string, string> = {};
  const layers: ImageLayers[] = [];
  for (const name of names) {
    await progress(name, async () => {
      const target = build.push ? `${build.push}/${name}` : `taskflow/${name}`;
      const labels = [
        '--build-arg',
        `VERSION=${version()}`,
        '--build-arg',
        `REVISION=${commit.revision}`,
        '--build-arg',
        `CREATED=${commit.created}`,
      ];
      if (commit.source) labels.push('--label', `org.opencontainers.image.source=${commit.source}`);
      const metadata = await dockerBuild(
        [
          '-f',
          dockerfile(name),
          '--build-arg',
          `SERVICE=${name}`,
          ...labels,
          '-t',
          `${target}:${commit.tag}`,
          ...(build.push ? ['--push'] : ['-t', `${target}:dev`, '--load']),
        ],
        { ...build, dockerArguments: ['--build-arg', `SOURCE_DATE_EPOCH=${Date.parse(commit.created) / 1000}`, ...build.dockerArguments] },
        name,
      );
      if (build.push) {
        const digest = metadata['containerimage.digest'];
        if (typeof digest !== 'string') throw new Failure(`docker did not say which digest ${target}:${commit.tag} has in the registry`);
        digests[name] = digest;
        return digest;
      }
      const image = layersOf(
        docker(['image', 'inspect', `${target}:dev`]),
        docker(['history', '--no-trunc', '--human=false', '--format', '{{.Size}}', `${target}:dev`]),
      );
      layers.push(image);
      return megabytes(image.layers.reduce((sum, { size }) => sum + size, 0));
    });
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  if (build.push) {
    writeDigests(build.push, digests);
    console.log(`${names.length} images in ${seconds} s, pushed to ${build.push} as ${commit.tag}; their digests are in ${DIGESTS}`);
    return;
  }
  const { all, distinct } = sizes(layers);
  console.log(`${names.length} images in ${seconds} s, tagged taskflow/<service>:${commit.tag} and :dev`);
  console.log(`${megabytes(all)} one by one; ${megabytes(distinct)} together, since they share ${megabytes(all - distinct)} of layers`);
}

function dockerfile(name: string): string {
  return `docker/${name === 'frontend' ? 'frontend' : 'service'}.Dockerfile`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** One line: what is at work while it is (at a terminal), then how long it took and what came of it. */
async function progress(name: string, work: () => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  const terminal = process.stdout.isTTY;
  const elapsed = (): string => `${((performance.now() - begin) / 1000).toFixed(1)} s`.padStart(8);
  const tick = (): void => void process.stdout.write(`\r  … ${name.padEnd(15)} ${elapsed()}`);
  const clock = terminal ? setInterval(tick, 100) : undefined;
  try {
    const result = await work();
    const text = typeof result === 'string' ? `  ${result.padStart(10)}` : '';
    process.stdout.write(`${terminal ? '\r' : ''}  ${styleText('green', '✓')} ${name.padEnd(15)} ${elapsed()}${text}\n`);
  } finally {
    clearInterval(clock);
    if (terminal) process.stdout.write('\u001b[K');
  }
}

/** @returns what buildx tells of the result */
async function dockerBuild(args: string[], { verbose, platforms, dockerArguments }: Build, name: string): Promise<Record<string, unknown>> {
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
      throw new Failure(`${name} could not be built: what docker said stands above (the command was: docker ${all.join(' ')})`);
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
