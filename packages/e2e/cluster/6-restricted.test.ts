import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { evaluate, evaluateInProcess } from './inside.ts';
import { allReady, BACKEND, FRONTEND, isReady, kubectl, list, type Pod, pods } from './kubectl.ts';

const SERVICES = ['gateway', 'auth', 'tasks', 'notifications', 'metrics'];

const hardened = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: 65532,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const small = { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '32Mi' } };

/** Offers a pod to the API server without running it: the admission decides all the same. */
const offer = (namespace: string, spec: object, container: object): Promise<string> =>
  kubectl(['create', '--dry-run=server', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'offered', namespace },
      spec: { ...spec, containers: [{ name: 'offered', image: 'taskflow/health-checker:dev', resources: small, ...container }] },
    }),
  });

describe.each([BACKEND, FRONTEND])('%s', (namespace) => {
  it('takes a hardened pod', async () => {
    await offer(namespace, {}, { securityContext: hardened });
  });

  it.each([
    ['may run as root', {}, { securityContext: { ...hardened, runAsNonRoot: false } }, 'runAsNonRoot'],
    ['runs as root', {}, { securityContext: { ...hardened, runAsUser: 0 } }, 'runAsUser'],
    ['may gain privileges', {}, { securityContext: { ...hardened, allowPrivilegeEscalation: true } }, 'allowPrivilegeEscalation'],
    ['keeps capabilities', {}, { securityContext: { ...hardened, capabilities: {} } }, 'capabilities'],
    ['has no seccomp profile', {}, { securityContext: { ...hardened, seccompProfile: undefined } }, 'seccompProfile'],
    ['is privileged', {}, { securityContext: { ...hardened, allowPrivilegeEscalation: true, privileged: true } }, 'privileged'],
    ['is on the node’s network', { hostNetwork: true }, { securityContext: hardened }, 'host namespaces'],
    ['mounts the node’s files', { volumes: [{ name: 'node', hostPath: { path: '/' } }] }, { securityContext: hardened }, 'hostPath'],
    ['says nothing', {}, {}, 'restricted'],
  ])('refuses a pod that %s', async (_what, spec, container, reason) => {
    await expect(offer(namespace, spec, container)).rejects.toThrow(new RegExp(`violates PodSecurity "restricted[^]*${reason}`));
  });

  it('refuses more memory than a container or the whole namespace may have', async () => {
    const wants = (memory: string) => ({ securityContext: hardened, resources: { requests: { cpu: '10m', memory }, limits: { memory } } });
    await expect(offer(namespace, {}, wants('3Gi'))).rejects.toThrow(/maximum memory usage per Container is 2Gi/);
    const many = Array.from({ length: 12 }, (_, at) => ({
      name: `init-${at}`,
      image: 'taskflow/health-checker:dev',
      restartPolicy: 'Always',
      ...wants('2Gi'),
    }));
    await expect(offer(namespace, { initContainers: many }, wants('32Mi'))).rejects.toThrow(/exceeded quota/);
  });
});

interface Inside {
  uid: number;
  groups: number[];
  writable: string[];
  token: boolean;
  modes: Record<string, string>;
  leaks: string[];
}

/** What a container finds around it. */
const LOOK = `
const fs = require('node:fs');
const writes = (folder) => { try { fs.writeFileSync(folder + '/probe', ''); fs.unlinkSync(folder + '/probe'); return true; } catch { return false; } };
const secrets = fs.readdirSync('/etc/secrets').filter((name) => !name.startsWith('.'));
const values = secrets.map((name) => fs.readFileSync('/etc/secrets/' + name, 'utf8').trim());
const environment = fs.readFileSync('/proc/1/environ', 'utf8') + fs.readFileSync('/proc/1/cmdline', 'utf8');
console.log(JSON.stringify({
  uid: process.getuid(),
  groups: process.getgroups(),
  writable: ['/', '/app', '/tmp', '/etc/secrets', '/etc/backend-config', '/home/nonroot'].filter(writes),
  token: fs.existsSync('/var/run/secrets/kubernetes.io'),
  modes: Object.fromEntries(secrets.map((name) => [name, (fs.statSync('/etc/secrets/' + name).mode & 0o777).toString(8)])),
  leaks: secrets.filter((_, at) => environment.includes(values[at])),
}));
`;

it.each(SERVICES)('%s runs with nothing that it does not need', async (app) => {
  const [pod] = await pods(app);
  const sidecars = (pod!.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { name } of [...pod!.spec.containers, ...sidecars]) {
    const found: Inside = JSON.parse(await evaluate(pod!, name, LOOK));
    expect(found, name).toMatchObject({ uid: 65532, writable: [], token: false, leaks: [] });
    expect(found.groups).not.toContain(0);
    expect(Object.values(found.modes).length).toBeGreaterThan(0);
    expect(new Set(Object.values(found.modes)), `modes of ${name}’s secrets`).toEqual(new Set(['440']));
  }
});

it('a container that takes too much memory is ended alone', async () => {
  const before = await list<Pod>('pods', BACKEND);
  const [pod] = await pods('tasks');
  await evaluateInProcess(pod!, 'health-checker', 'globalThis.hog = []; setInterval(() => hog.push(Buffer.alloc(2 ** 24, 1)), 20)');
  const after = await until(
    async () => {
      const now = (await pods('tasks')).find(({ metadata }) => metadata.uid === pod!.metadata.uid);
      const checker = now?.status.initContainerStatuses?.find(({ name }) => name === 'health-checker');
      return checker?.lastState.terminated?.reason === 'OOMKilled' && isReady(now!) ? now : undefined;
    },
    { ms: 120_000, every: 500, what: 'the health checker was ended for its memory, and is back' },
  );
  expect(after!.status.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual(
    pod!.status.containerStatuses?.map(({ restartCount }) => restartCount),
  );
  const restarts = (all: Pod[]) =>
    Object.fromEntries(
      all
        .filter(({ metadata }) => metadata.uid !== pod!.metadata.uid)
        .map(({ metadata, status }) => [metadata.name, status.containerStatuses?.map(({ restartCount }) => restartCount)]),
    );
  expect(restarts(await list<Pod>('pods', BACKEND))).toEqual(restarts(before));
  await allReady();
});
