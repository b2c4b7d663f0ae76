import type { StatusAnswer } from '@taskflow/contracts/metrics';
import { until } from '@taskflow/testing/until';
import { afterEach, describe, expect, it } from 'vitest';
import { crash, hang, prometheus } from './inside.ts';
import { allReady, BACKEND, type ContainerStatus, isReady, kubectl, list, namespaceOf, type Pod, pods } from './kubectl.ts';
import { newcomer, newPerson, product } from './product.ts';

/** Every container, by the process whose pod it is in. */
const CONTAINERS: Array<[app: string, container: string]> = [
  ['auth', 'audit-sidecar'],
  ['auth', 'auth'],
  ['tasks', 'health-checker'],
  ['tasks', 'tasks'],
  ['notifications', 'notifications'],
  ['metrics', 'metrics'],
  ['gateway', 'gateway'],
];

const statuses = ({ status }: Pod): ContainerStatus[] => [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
const restarts = (pod: Pod): Record<string, number> =>
  Object.fromEntries(statuses(pod).map(({ name, restartCount }) => [name, restartCount]));

async function read({ metadata }: Pod): Promise<Pod> {
  const found = (await list<Pod>('pods', metadata.namespace)).find(({ metadata: { uid } }) => uid === metadata.uid);
  if (!found) throw new Error(`pod ${metadata.name} is gone`);
  return found;
}

/** Waits until the pod's container has been started once more, all of the pod is ready, and nothing else of it was touched. */
async function recovered(before: Pod, container: string, ms = 120_000): Promise<Pod> {
  const wanted = { ...restarts(before), [container]: restarts(before)[container]! + 1 };
  return await until(
    async () => {
      const pod = await read(before);
      return isReady(pod) && JSON.stringify(restarts(pod)) === JSON.stringify(wanted) ? pod : undefined;
    },
    { ms, every: 500, what: `${container} of ${before.metadata.name} is back` },
  );
}

afterEach(() => allReady());

describe('a container that ends', () => {
  it.each(CONTAINERS)('in the pod of %s: %s comes back alone', async (app, container) => {
    const [pod] = await pods(app);
    await crash(pod!, container);
    await recovered(pod!, container);
  });

  it('in the pod of frontend: nginx comes back alone', async () => {
    const [pod] = await pods('frontend');
    await kubectl(['exec', '-n', namespaceOf('frontend'), pod!.metadata.name, '--', 'nginx', '-s', 'stop']);
    await recovered(pod!, 'frontend');
  });
});

it('an event loop that hangs is found by liveness, while the other pod serves', async () => {
  const { person } = await newcomer();
  const [pod] = await pods('tasks');
  await hang(pod!, 'tasks');
  await until(async () => !isReady(await read(pod!)), { ms: 30_000, every: 200, what: 'readiness is off' });
  await person.must('GET', '/tasks/projects');
  const after = await recovered(pod!, 'tasks');
  // SIGTERM was of no use to it.
  expect(statuses(after).find(({ name }) => name === 'tasks')?.lastState.terminated?.exitCode).toBe(137);
});

it('an outage of metrics shows in the health checker’s log and metrics, and afterwards in the history', async () => {
  const person = await newPerson();
  const [checker] = await pods('tasks');
  const log = () => kubectl(['logs', '-n', BACKEND, checker!.metadata.name, '-c', 'health-checker', '--tail=200']);
  const changes = async (state: string) => [...(await log()).matchAll(new RegExp(`"target":"metrics","state":"${state}"`, 'g'))].length;
  const isDown = async () =>
    /^health_target_state\{target="metrics",state="down"[^}]*\} 1$/m.test(await prometheus(checker!, 'health-checker', 10091));
  const [down, up] = [await changes('down'), await changes('up')];
  expect(await isDown()).toBe(false);

  let outage = '';
  await kubectl(['scale', '-n', BACKEND, 'deployment/metrics', '--replicas=0']);
  try {
    await until(isDown, { ms: 60_000, every: 500, what: 'the outage shows in its metrics' });
    outage = new Date().toISOString();
    expect(await changes('down')).toBeGreaterThan(down);
    expect((await person.call('GET', '/metrics/status')).status).toBe(503);
  } finally {
    await kubectl(['scale', '-n', BACKEND, 'deployment/metrics', '--replicas=2']);
  }
  await until(async () => (await changes('up')) > up, { ms: 120_000, every: 500, what: 'the log says that metrics is up again' });
  expect(await isDown()).toBe(false);
  // What was seen while nobody took reports is not lost.
  await until(
    async () => {
      const { incidents } = await person.must<StatusAnswer>('GET', '/metrics/status');
      return incidents.some(
        ({ target, startedAt, endedAt }) => target === 'metrics' && startedAt <= outage && (endedAt === null || endedAt >= outage),
      );
    },
    { ms: 60_000, every: 1000, what: 'the incident is in the history' },
  );
});

it('a lost database turns readiness off without a restart, and on again', async () => {
  const { person, project } = await newcomer();
  const needing = ['auth', 'tasks', 'notifications', 'metrics'];
  const all = async () => (await Promise.all(needing.map(pods))).flat();
  const before = new Map((await all()).map((pod) => [pod.metadata.name, restarts(pod)]));
  await kubectl(['scale', '-n', BACKEND, 'statefulset/postgres', '--replicas=0']);
  try {
    await until(async () => (await all()).every((pod) => !isReady(pod)), {
      ms: 120_000,
      every: 500,
      what: 'no pod that needs it is ready',
    });
    const health = await fetch(`${product.gatewayUrl}/health`);
    expect(health.status).toBe(503);
    const refused = await person.call<{ status: number; code: string }>('GET', `/tasks/projects/${project.id}/board`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toMatch(/problem\+json/);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  } finally {
    await kubectl(['scale', '-n', BACKEND, 'statefulset/postgres', '--replicas=1']);
  }
  await until(async () => (await all()).every(isReady), { ms: 180_000, every: 500, what: 'all are ready again' });
  expect(new Map((await all()).map((pod) => [pod.metadata.name, restarts(pod)]))).toEqual(before);
  await until(() => person.must('GET', `/tasks/projects/${project.id}/board`), {
    ms: 30_000,
    every: 500,
    what: 'the board is shown again',
  });
});
