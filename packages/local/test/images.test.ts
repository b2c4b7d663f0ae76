import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readFlags } from '../src/image-flags.ts';
import { layersOf, sizes } from '../src/image-layers.ts';

describe('flags', () => {
  it('what it does not know goes to docker build, in its order', () => {
    expect(readFlags(['--network=host', '--verbose', '--build-arg', 'A=b', '--', '--platform'])).toEqual({
      verbose: true,
      help: false,
      platforms: [],
      push: undefined,
      docker: ['--network=host', '--build-arg', 'A=b', '--platform'],
    });
  });

  it.each([['--push', 'ghcr.io/acme/taskflow/'], ['--push=ghcr.io/acme/taskflow']])('reads where to push: %s', (...args) => {
    expect(readFlags([...args, '--platform=linux/amd64,linux/arm64'])).toMatchObject({
      push: 'ghcr.io/acme/taskflow',
      platforms: ['linux/amd64', 'linux/arm64'],
    });
  });

  it.each(['localhost:5000/taskflow', '127.0.0.1:5000/a/b', 'registry:5000', 'registry.example.org'])(
    'takes %s for a registry',
    (registry) => {
      expect(readFlags(['--push', registry]).push).toBe(registry);
    },
  );

  it.each([
    [['--push'], '--push is "": expected a registry and a prefix, such as registry.example.org/taskflow'],
    [['--push', '--verbose'], '--push is "--verbose": expected'],
    [['--push', 'https://registry.example.org'], '--push is "https://registry.example.org": expected'],
    [['--push', 'acme/taskflow'], '--push is "acme/taskflow": expected'],
    [['--platform', 'arm64'], '--platform is "arm64": expected platforms separated by commas, such as linux/amd64,linux/arm64'],
    [['--platform='], '--platform is "": expected'],
  ])('refuses %j', (args, message) => {
    expect(() => readFlags(args)).toThrow(message);
  });
});

describe('layers', () => {
  const EMPTY = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';
  const image = (own: string, size: number) =>
    layersOf(JSON.stringify([{ RootFS: { Layers: ['base', EMPTY, own, EMPTY] } }]), `0\n0\n${size}\n0\n100\n`);

  it('have the sizes of the steps that made them', () => {
    expect(image('a', 7).layers.map(({ size }) => size)).toEqual([100, 0, 7, 0]);
  });

  it('are counted once when images share them', () => {
    expect(sizes([image('a', 7), image('b', 5), image('b', 5)])).toEqual({ all: 317, distinct: 112 });
  });
});

describe('what keeps images from being built is one line that says what to do', () => {
  /** @param script what answers to `docker`; none when it is not there */
  function images(script: string | undefined, ...args: string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'taskflow-docker-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = script === undefined ? folder : [folder, process.env.PATH].join(delimiter);
    if (script !== undefined) writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${script}\n`);
    if (script !== undefined) chmodSync(join(folder, 'docker'), 0o755);
    const program = fileURLToPath(new URL('../src/images.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env: { PATH: path } });
    return { status, stdout, errors: stderr.trim().split('\n') };
  }

  it.each([
    [undefined, [], 'docker is not there: install Docker Engine 20.10 or newer, https://docs.docker.com/engine/install/'],
    [
      'echo "permission denied" >&2; exit 1',
      [],
      'the Docker engine does not answer; start it, or let DOCKER_HOST name one that runs (docker says: permission denied)',
    ],
    ['[ $1 = version ] || exit 1', [], 'docker has no buildx: install the package docker-buildx-plugin, https://github.com/docker/buildx'],
    [
      'exit 0',
      ['--platform', 'linux/amd64,linux/arm64'],
      'images for several platforms cannot be kept by an engine: add --push registry/prefix',
    ],
    [
      'echo "Driver: docker"',
      ['--platform', 'linux/amd64,linux/arm64', '--push', 'localhost:1/a'],
      'this builder makes images of its own platform only: make another by "docker buildx create --use --driver docker-container"',
    ],
    [undefined, ['--push', 'nowhere'], '--push is "nowhere": expected a registry and a prefix, such as registry.example.org/taskflow'],
  ])('docker being %j, with %j: %s', (script, args, line) => {
    const { status, errors } = images(script, ...args);
    expect(status).toBe(1);
    expect(errors).toEqual([`✗ ${line}`]);
  });

  it('shows what docker said when a build fails', () => {
    const { status, errors } = images('case "$1 $2" in "buildx build") echo "step 3 broke"; exit 1;; esac');
    expect(status).toBe(1);
    expect(errors).toContain('step 3 broke');
    expect(errors.at(-1)).toBe('✗ dependencies could not be built: what docker said stands above');
  });
});
