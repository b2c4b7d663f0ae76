import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretStore } from '@taskflow/local/secrets';
import { databaseSecret, OPERATIONS, services } from '@taskflow/local/services';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from './command.ts';
import { answers, Container, docker, dockerAnswers, filesOf, inspect } from './container.ts';

// The images of the services as the pods run them, and what is in all eight.

/** As the kubelet gives it to a pod. */
const GRACE_SECONDS = 45;
/** DRAIN_SECONDS of packages/http, and less than its SHUTDOWN_SECONDS, which the health checker uses up for its last reports. */
const [DRAIN_SECONDS, SHUTDOWN_SECONDS] = [3, 2];
/** Further arguments of `docker build`, such as --network=host. */
const BUILD_ARGUMENTS = (process.env.E2E_IMAGES_ARGS ?? '').split(' ').filter(Boolean);
const SHELLS = /(?:^|\/)(?:sh|bash|dash|ash|zsh|busybox|env|apt|apt-get|dpkg|apk|npm|npx|corepack|yarn)$/;

const names = services.map(({ name }) => name);
const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-images-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

/** The secrets of a service, mounted as the kubelet mounts them; its database does not answer, so it waits for it. */
async function runService(name: string): Promise<{ container: Container; operations: string }> {
  const service = services.find((candidate) => candidate.name === name)!;
  const folder = temporaryFolder();
  const secrets = new SecretStore(join(folder, 'store'));
  for (const secret of service.secrets) secrets.write(name, secret, secrets.shared(secret));
  if (service.database) secrets.write(name, databaseSecret(service), 'postgres://nobody:secret@127.0.0.1:1/nothing');
  const mounted = join(folder, 'mounted');
  mkdirSync(mounted);
  cpSync(secrets.folder(name), mounted, { recursive: true });
  await run('chmod', ['-R', 'a+rX', folder]);
  const port = service.port + OPERATIONS;
  const options = [
    '--env',
    `SHUTDOWN_SECONDS=${SHUTDOWN_SECONDS}`,
    '--volume',
    `${mounted}:/etc/secrets:ro`,
    '--publish',
    `127.0.0.1::${port}`,
  ];
  const container = await Container.run(`taskflow/${name}:dev`, { options });
  onTestFinished(() => container[Symbol.asyncDispose]());
  return { container, operations: await container.address(port) };
}

describe.skipIf(!dockerAnswers)('images (need a Docker engine)', () => {
  describe.each(names)('%s', (name) => {
    const image = `taskflow/${name}:dev`;

    it('has one bundled file with its source map, and no shell or package manager', async () => {
      const files = await filesOf(image);
      expect(files).toContain('nodejs/bin/node');
      expect(files.filter((path) => SHELLS.test(path))).toEqual([]);
      const own = files.filter((path) => path.startsWith('app/'));
      expect(own.filter((path) => /\.(?:[cm]?[jt]s|map|node)$/.test(path))).toEqual(['app/dist/main.js', 'app/dist/main.js.map']);
      expect(own.filter((path) => !/^app\/(?:dist|migrations|data)\/|^app\/package\.json$/.test(path))).toEqual([]);
    });

    it('ends by SIGTERM, as process 1, within the time of draining, without an error', async () => {
      const { container, operations } = await runService(name);
      await answers(`${operations}/livez`);
      // Nothing else runs in it, so there is nothing for process 1 to wait for or to leave behind.
      const processes = (await docker('top', container.id, '-eo', 'uid,pid,args')).trim().split('\n').slice(1);
      expect(processes).toHaveLength(1);
      expect(processes[0]!.trim()).toMatch(/^65532 .*node dist\/main\.js$/);
      const { exitCode, seconds } = await container.stop(GRACE_SECONDS);
      expect(await container.logs()).toContain('draining');
      expect(exitCode).toBe(0);
      expect(seconds).toBeLessThan(DRAIN_SECONDS + SHUTDOWN_SECONDS + 5);
    });
  });

  it('an init container that still waits ends at once', async () => {
    await using container = await Container.run('taskflow/health-checker:dev', {
      command: ['dist/main.js', 'wait', 'nobody=http://127.0.0.1:1/', '--timeout', '300'],
    });
    await expect.poll(() => container.logs(), { timeout: 10_000 }).toContain('waiting for nobody');
    const { exitCode, seconds } = await container.stop(GRACE_SECONDS);
    expect(exitCode).toBe(143);
    expect(seconds).toBeLessThan(3);
  });

  it('a service without its secrets says in one line which file is missing', async () => {
    await using container = await Container.run('taskflow/gateway:dev');
    expect(await container.exitCode()).toBe(1);
    expect((await container.logs()).trim()).toBe('secret file /etc/secrets/gateway-api-key is missing: expected a mounted secret');
  });

  it.each([...names, 'frontend'])('%s says what it is, runs as nobody special, and leaves probing to the cluster', async (name) => {
    const { Config: config } = await inspect(`taskflow/${name}:dev`);
    expect(config.User).toBe('65532:65532');
    expect(config.Healthcheck).toBeUndefined();
    expect(config.StopSignal).toBe(name === 'frontend' ? 'SIGQUIT' : 'SIGTERM');
    const label = (key: string): string | undefined => config.Labels[`org.opencontainers.image.${key}`];
    expect(label('title')).toBe(`taskflow-${name}`);
    expect(label('version')).toMatch(/^\d+\.\d+\.\d+/);
    expect(label('revision')).toMatch(/^[0-9a-f]{40}(?:-dirty)?$/);
    expect(label('created')).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.000)?Z$/);
    expect(label('licenses')).toBe('Apache-2.0');
    expect(config.Env.filter((entry) => /secret|password|token|key/i.test(entry))).toEqual([]);
  });

  it.each(['auth', 'frontend'])('%s has the same layers, whoever builds the same commit, wherever and whenever', async (name) => {
    const layers: string[][] = [];
    for (const [clone, umask] of [
      ['one', '022'],
      ['another', '077'],
    ] as const) {
      const folder = join(temporaryFolder(), clone);
      await run('sh', ['-c', `umask ${umask} && git clone --quiet . ${folder}`]);
      const file = `docker/${name === 'frontend' ? 'frontend' : 'service'}.Dockerfile`;
      const tag = `taskflow-images-test/${name}:${clone}`;
      // What npm installs is fixed by the lock file; everything after it is done anew.
      await docker(
        'buildx',
        'build',
        '--no-cache-filter',
        'build',
        ...BUILD_ARGUMENTS,
        '-f',
        join(folder, file),
        '--build-arg',
        `SERVICE=${name}`,
        '--load',
        '-t',
        tag,
        folder,
      );
      layers.push((await inspect(tag)).RootFS.Layers);
      await docker('image', 'rm', tag);
    }
    expect(layers[0]!.length).toBeGreaterThan(1);
    expect(layers[1]).toEqual(layers[0]);
  });
});
