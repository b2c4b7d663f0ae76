import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { until } from '@taskflow/testing/until';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './command.ts';
import { arrow, arrows, flows } from './flows.ts';
import { BACKEND, FRONTEND, kubectl, list, namespaceOf, type Pod } from './kubectl.ts';
import { type Manifest, render } from './manifests.ts';
import { type Endpoint, type NetworkPolicy, permits } from './network-policy.ts';

/** Addresses that are no pod's, by what they stand for. */
const ADDRESSES: Record<string, string[]> = {
  internet: ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'api-server': ['10.96.0.1', '172.18.0.2'],
  metadata: ['169.254.169.254', 'fd00:ec2::254'],
};
const USER = { address: '198.51.100.7' };
const PORTS_OUTSIDE = [22, 25, 53, 80, 443, 587, 5432, 6443, 8443, 10250];
const DNS = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, ports: [53, 9153] };

interface Process {
  namespace: string;
  labels: Record<string, string>;
  ports: number[];
}

let manifests: Manifest[];
let processes: Record<string, Process>;

beforeAll(async () => {
  manifests = await render('k8s/overlays/dev');
  processes = Object.fromEntries(manifests.filter(({ spec }) => spec?.template?.spec?.containers).map(asProcess));
});

function asProcess({ metadata, spec }: Manifest): [string, Process] {
  const { containers, initContainers = [] } = spec.template.spec;
  const ports = [...initContainers, ...containers].flatMap((container) => container.ports ?? []);
  const { labels } = spec.template.metadata;
  return [labels.app, { namespace: metadata.namespace, labels, ports: ports.map(({ containerPort }) => containerPort) }];
}

/** Every connection that the policies permit, of all that could be tried. */
function permitted(policies: NetworkPolicy[]): string[] {
  const targets: Array<{ name: string; at: Endpoint; ports: number[] }> = [
    ...Object.entries(processes).map(([name, { namespace, labels, ports }]) => ({ name, at: { namespace, labels }, ports })),
    { name: 'dns', at: DNS, ports: DNS.ports },
    ...Object.entries(ADDRESSES).flatMap(([name, addresses]) =>
      addresses.map((address) => ({ name, at: { address }, ports: PORTS_OUTSIDE })),
    ),
  ];
  const sources: Array<[string, Endpoint]> = [...Object.entries(processes), ['user', USER]];
  const found = sources.flatMap(([from, source]) =>
    targets.flatMap(({ name, at, ports }) =>
      ports.filter((port) => isOurs(source, at) && permits(policies, source, at, port)).map((port) => arrow(from, name, port)),
    ),
  );
  return [...new Set(found)].sort();
}

/** Whether TaskFlow's policies have a say in it. */
const isOurs = (...ends: Endpoint[]): boolean => ends.some((end) => 'labels' in end && [BACKEND, FRONTEND].includes(end.namespace));

const policies = () => manifests.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as NetworkPolicy[];

test('the policies permit exactly the flows that are written down', () => {
  expect(permitted(policies())).toEqual(arrows(Object.keys(processes)));
});

test('the documentation shows the flows that are written down', () => {
  const rows = flows.map(({ from, to, port, for: purpose }) => `| ${from} | ${to}:${port} | ${purpose} |`);
  const page = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');
  expect(page).toContain(['| from | to | what for |', '|---|---|---|', ...rows, ''].join('\n'));
});

test('a flow that is added in one place only is found', () => {
  const more = [...flows, { from: 'gateway', to: 'postgres', port: 5432, for: 'a shortcut' }];
  expect(permitted(policies())).not.toEqual(arrows(Object.keys(processes), more));
  const opened = structuredClone(policies());
  opened.find(({ metadata }) => metadata.name === 'auth')?.spec.ingress?.[0]?.from?.push({ podSelector: { matchLabels: { app: 'auth' } } });
  opened.push({
    kind: 'NetworkPolicy',
    metadata: { name: 'more', namespace: BACKEND },
    spec: {
      podSelector: { matchLabels: { app: 'auth' } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: { app: 'auth' } } }], ports: [{ port: 5000 }] }],
    },
  });
  expect(permitted(opened)).toContain('auth → auth:5000');
});

/**
 * Runs in the place of each process: tries to connect to every target, and prints which ones opened. A network plugin takes
 * a moment to enforce the policies for a new pod: the rounds end when the first target, which is forbidden to all of TaskFlow,
 * no longer opens, and a second round has shown the same.
 */
const PROBE = `
const net = require('node:net');
const { targets, free } = JSON.parse(process.env.PROBE);
const attempt = ({ name, host, port }) => new Promise((resolve) => {
  const socket = net.connect({ host, port });
  const end = (result) => { socket.destroy(); resolve({ name, port, result }); };
  socket.setTimeout(3000, () => end('timeout'));
  socket.on('connect', () => end('open')).on('error', (error) => end(error.code));
});
const round = () => Promise.all(targets.map(attempt));
(async () => {
  const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);
  let [before, now] = [[], await round()];
  while (!same(before, now) || (!free && now[0].result === 'open')) [before, now] = [now, await round()];
  console.log(JSON.stringify(now));
})();
`;

interface Target {
  name: string;
  host: string;
  port: number;
}

interface Result {
  name: string;
  port: number;
  result: string;
}

const STRANGERS = ['stranger-frontend', 'stranger-backend'];
const OUTSIDER = 'outsider';
const node = createServer((socket) => socket.end());

afterAll(async () => {
  node.close();
  await Promise.all(
    [BACKEND, FRONTEND, 'default'].map((namespace) =>
      kubectl(['delete', 'pod', '-n', namespace, '-l', 'flow-probe', '--ignore-not-found', '--wait=false']),
    ),
  );
});

test('from the place of each process exactly the permitted connections open, and no other', async () => {
  const targets = await findTargets();
  const sources = [...Object.keys(processes), ...STRANGERS, OUTSIDER];
  await Promise.all(sources.map((source) => startProbe(source, targets)));
  const results = new Map(await Promise.all(sources.map(async (source) => [source, await readResults(source)] as const)));

  const control = results.get(OUTSIDER)!;
  const opened = (source: string) =>
    results
      .get(source)!
      .filter(({ result }) => result === 'open')
      .map(({ name, port }) => arrow(source, name, port));
  const measured = [...Object.keys(processes), ...STRANGERS].flatMap(opened).sort();
  // Only what can be reached at all, from a pod that no policy holds back, shows anything here.
  const reachable = new Set(control.filter(({ result }) => result === 'open').map(({ name, port }) => `${name}:${port}`));
  const expected = arrows([...Object.keys(processes), ...STRANGERS]).filter(
    (flow) => !flow.startsWith('user') && (inCluster(flow) || reachable.has(flow.split(' → ')[1]!)),
  );
  expect(measured).toEqual(expected);
  expect(reachable).toContain('node:10250');
  expect(reachable).toContain('api-server:443');
  expect(reachable).toContain(`listener:${(node.address() as AddressInfo).port}`);

  // A network plugin drops what is forbidden; kube-router (k3s) rejects some of it instead.
  const DENIED = ['timeout', 'ECONNREFUSED'];
  const others = [...results]
    .filter(([source]) => source !== OUTSIDER)
    .flatMap(([source, all]) => all.map(({ name, port, result }) => ({ flow: arrow(source, name, port), result })))
    .filter(({ result }) => result !== 'open' && !DENIED.includes(result));
  expect(others).toEqual([]);
  // A pod of another namespace is a user like any other.
  expect(opened(OUTSIDER).filter(inCluster).sort()).toEqual(
    [arrow(OUTSIDER, 'dns', 53), arrow(OUTSIDER, 'dns', 9153), arrow(OUTSIDER, 'frontend', 8080)].sort(),
  );
  console.log(`${sources.length} places × ${targets.length} targets: ${measured.length} connections opened, all of them permitted`);
});

const inCluster = (flow: string): boolean => Object.keys(processes).some((name) => flow.includes(`→ ${name}:`)) || flow.includes('→ dns:');

/** Every port of every process at a real pod's address, DNS, the API server, the node, the metadata address and the outside. */
async function findTargets(): Promise<Target[]> {
  await new Promise<void>((resolve) => node.listen(0, '0.0.0.0', resolve));
  const interfaces = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const here = interfaces.find(({ family, internal }) => family === 'IPv4' && !internal)!;
  // This test itself, as a machine outside the cluster that would answer.
  const targets: Target[] = [{ name: 'listener', host: here.address, port: (node.address() as AddressInfo).port }];
  for (const [name, { namespace, ports }] of Object.entries(processes)) {
    const [pod] = (await list<Pod>('pods', namespace, `app=${name}`)).filter(({ status }) => status.phase === 'Running');
    if (pod) targets.push(...ports.map((port) => ({ name, host: pod.status.podIP, port })));
  }
  const [dns] = await list<Pod>('pods', 'kube-system', 'k8s-app=kube-dns');
  targets.push(...DNS.ports.map((port) => ({ name: 'dns', host: dns!.status.podIP, port })));
  const nodeAddress = (
    await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'])
  ).trim();
  const apiServer = (await kubectl(['get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}'])).trim();
  targets.push(
    { name: 'api-server', host: apiServer, port: 443 },
    { name: 'node', host: nodeAddress, port: 10250 },
    { name: 'metadata', host: '169.254.169.254', port: 80 },
    { name: 'internet', host: '93.184.215.14', port: 443 },
  );
  return targets;
}

const placeOf = (source: string): { namespace: string; labels: Record<string, string> } => {
  if (source === OUTSIDER) return { namespace: 'default', labels: {} };
  if (STRANGERS.includes(source)) return { namespace: source === STRANGERS[0] ? FRONTEND : BACKEND, labels: { app: source } };
  return { namespace: namespaceOf(source), labels: processes[source]!.labels };
};

async function startProbe(source: string, targets: Target[]): Promise<void> {
  const { namespace, labels } = placeOf(source);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `flow-probe-${source}`, namespace, labels: { ...labels, 'flow-probe': source } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'probe',
          image: 'taskflow/health-checker:dev',
          imagePullPolicy: 'IfNotPresent',
          args: ['-e', PROBE],
          env: [{ name: 'PROBE', value: JSON.stringify({ targets, free: source === OUTSIDER }) }],
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '64Mi' } },
        },
      ],
    },
  };
  await kubectl(['delete', 'pod', '-n', namespace, pod.metadata.name, '--ignore-not-found']);
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(pod) });
}

async function readResults(source: string): Promise<Result[]> {
  const { namespace } = placeOf(source);
  await until(
    async () => {
      const [pod] = await list<Pod>('pods', namespace, `flow-probe=${source}`);
      if (pod?.status.phase === 'Failed') throw new Error(await kubectl(['logs', '-n', namespace, pod.metadata.name]));
      return pod?.status.phase === 'Succeeded';
    },
    { ms: 120_000, every: 500, what: `the probe in the place of ${source} has ended` },
  );
  return JSON.parse(await kubectl(['logs', '-n', namespace, `flow-probe-${source}`]));
}
