import type { TestProject } from 'vitest/node';
import { run } from './command.ts';
import { allReady, kubectl } from './kubectl.ts';

const NAME = process.env.E2E_CLUSTER ?? 'taskflow-e2e';
const REUSE = process.env.E2E_REUSE === '1';
const KEEP = process.env.E2E_KEEP === '1' || REUSE;
/** Further arguments of `docker build`, such as --network=host. */
const IMAGES_ARGUMENTS = (process.env.E2E_IMAGES_ARGS ?? '').split(' ').filter(Boolean);
const SERVICES = ['frontend', 'gateway', 'auth', 'audit-sidecar', 'tasks', 'health-checker', 'notifications', 'metrics'];

declare module 'vitest' {
  export interface ProvidedContext {
    /** seconds of each step from nothing to ready; empty when a cluster is used again (E2E_REUSE=1) */
    steps: Record<string, number>;
  }
}

/**
 * From nothing to ready, by the commands of the README: a cluster, the images, the manifests.
 * E2E_KEEP=1 leaves the cluster at the end; E2E_REUSE=1 uses what kubectl is pointed at, as it is.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const steps: Record<string, number> = {};
  const step = async (name: string, work: () => Promise<unknown>) => {
    const begin = performance.now();
    await work();
    steps[name] = (performance.now() - begin) / 1000;
    console.log(`${name}: ${steps[name].toFixed(1)} s`);
  };
  if (!REUSE) {
    await isThere('docker');
    await isThere('kind');
    const clusters = await run('kind', ['get', 'clusters']);
    if (clusters.split('\n').includes(NAME))
      throw new Error(`a cluster ${NAME} is there: end it with "kind delete cluster --name ${NAME}", or use it with E2E_REUSE=1`);
    await step('create cluster', () => run('kind', ['create', 'cluster', '--name', NAME, '--config', 'k8s/kind.yaml']));
    await isThere('kubectl');
    await step('build images', () =>
      run('npm', ['run', '--silent', 'images', '--', ...IMAGES_ARGUMENTS], { show: true, timeout: 900_000 }),
    );
    await run('docker', ['image', 'inspect', 'postgres:17-bookworm']).catch(() => run('docker', ['pull', 'postgres:17-bookworm']));
    const images = [...SERVICES.map((service) => `taskflow/${service}:dev`), 'postgres:17-bookworm'];
    await step('load images', () => run('kind', ['load', 'docker-image', '--name', NAME, ...images]));
    await step('apply', () => kubectl(['apply', '-k', 'k8s/overlays/dev']));
    await step('ready', () => allReady());
  }
  project.provide('steps', steps);
  return async () => {
    if (!KEEP) await run('kind', ['delete', 'cluster', '--name', NAME]);
  };
}

async function isThere(command: string): Promise<void> {
  const version = command === 'kubectl' ? ['version', '--client'] : ['version'];
  await run(command, version).catch((error) => {
    throw new Error(`npm run e2e needs docker, kind and kubectl, and "${command} ${version.join(' ')}" failed: ${error.message}`);
  });
}
