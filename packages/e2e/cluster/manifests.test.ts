import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { mayReach } from '../../../services/notifications/src/webhooks/networks.ts';
import { allCombinations, OPTIONAL, type Rendered, renderAll } from './combinations.ts';
import { type Known, problemsOf } from './manifest-checks.ts';
import type { Manifest } from './manifests.ts';
import { type NetworkPolicy, permits } from './network-policy.ts';

const K8S = fileURLToPath(new URL('../../../k8s/', import.meta.url));

/** Secrets that components ask for and nobody but an administrator can make; each component says by which command. */
const MADE_BY_HAND: Array<{ component: string; namespace: string; name: string; keys: string[] }> = [
  { component: 'ingress', namespace: 'taskflow-frontend', name: 'taskflow-tls', keys: ['tls.crt', 'tls.key'] },
  { component: 'gateway-api', namespace: 'taskflow-frontend', name: 'taskflow-tls', keys: ['tls.crt', 'tls.key'] },
  { component: 'smtp', namespace: 'taskflow-backend', name: 'smtp-password', keys: ['smtp-password'] },
];

const PUBLIC = `1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 223.255.255.255
  2001:200::1 2606:4700::1111 2a00:1450::1`.split(/\s+/);
/** Both ends of what is private, shared, link-local or otherwise special. */
const NOT_PUBLIC = `0.0.0.0 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 168.63.129.16 169.254.169.254 172.16.0.0
  172.31.255.255 192.0.0.8 192.0.2.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
  239.255.255.255 240.0.0.1 255.255.255.255 ::1 ::ffff:a00:1 64:ff9b::a00:1 2001::1 2001:db8::1 2002:a00:1::1 fc00::1
  fd00:ec2::254 fe80::1 ff02::1`.split(/\s+/);

/** What secrets.mjs prints is what its Job makes in dev as well. */
function secretsOf(components: string[]): Known {
  const printed = execFileSync(process.execPath, [`${K8S}components/secrets/secrets.mjs`, '--database', 'db.example.org:5432'], {
    encoding: 'utf8',
  });
  const items: Manifest[] = JSON.parse(printed).items;
  return new Map([
    ...items.map(({ metadata, stringData }) => [`${metadata.namespace}/${metadata.name}`, Object.keys(stringData)] as const),
    ...MADE_BY_HAND.filter(({ component }) => components.includes(component)).map(
      ({ namespace, name, keys }) => [`${namespace}/${name}`, keys] as const,
    ),
  ]);
}

let rendered: Rendered[];
let secrets: Known;

beforeAll(async () => {
  secrets = secretsOf(OPTIONAL);
  rendered = await renderAll(allCombinations());
}, 600_000);

const complete = (overlay: 'dev' | 'prod'): Manifest[] => {
  const found = rendered.find((one) => one.overlay === overlay && one.components.length === OPTIONAL.length);
  return structuredClone(found!.manifests);
};

test('nothing is wrong with any combination', () => {
  const problems = rendered.flatMap(({ name, manifests }) => problemsOf(manifests, secrets).map((problem) => `${name}: ${problem}`));
  expect(problems).toEqual([]);
  expect(rendered).toHaveLength(64 + 48);
});

test('every component that is optional is in the combinations', () => {
  const components = execFileSync('ls', [`${K8S}components`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  // postgres and secrets are in dev, external-postgres in prod; https is part of ingress and gateway-api.
  expect(components.sort()).toEqual([...OPTIONAL, 'postgres', 'secrets', 'external-postgres', 'https'].sort());
});

test('prod runs images by digest, at no port of the node, and makes no Secret', () => {
  for (const { name, manifests } of rendered.filter(({ overlay }) => overlay === 'prod')) {
    const text = JSON.stringify(manifests);
    for (const [, image] of text.matchAll(/"image":"([^"]*taskflow[^"]*)"/g)) expect(image, name).toMatch(/@sha256:/);
    expect(text, name).not.toMatch(/"NodePort"|make-secrets/);
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const replicas = manifests.flatMap(({ kind, metadata, spec }) =>
      kind === 'Deployment' && metadata.labels['app.kubernetes.io/component'] !== 'monitoring' ? (spec.replicas ?? 3) : [],
    );
    expect(replicas, name).toEqual([3, 3, 3, 3, 3, 3]);
  }
});

test('what is made by hand is said by the component that asks for it', () => {
  for (const { component, namespace, name } of MADE_BY_HAND) {
    const text = readFileSync(`${K8S}components/${component}/kustomization.yaml`, 'utf8');
    expect(text).toMatch(new RegExp(`kubectl -n ${namespace} create secret \\w+ ${name} `));
  }
});

test('Prometheus looks where the operational ports are', () => {
  const manifests = complete('dev');
  const config = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && /^prometheus-[^-]*$/.test(metadata.name));
  const jobs = parse(config!.data['prometheus.yml']).scrape_configs.filter(({ dns_sd_configs }: Manifest) => dns_sd_configs);
  const scraped = jobs.map(({ dns_sd_configs: [{ names, port }] }: Manifest) => `${names[0]}:${port}`);
  const operational = manifests
    .filter(({ kind, spec }) => kind === 'Deployment' && spec.template.spec.containers)
    .flatMap(({ metadata, spec }) =>
      [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers]
        .flatMap(({ ports = [] }) => ports)
        .filter(({ name }) => name === 'operations' || name === 'sidecar')
        .map(({ containerPort }) => `${metadata.name}-operations.${metadata.namespace}.svc:${containerPort}`),
    );
  expect(scraped.sort()).toEqual(operational.sort());
});

test('the network and the service agree on what webhooks may reach', () => {
  const policies = complete('dev').filter(({ kind }) => kind === 'NetworkPolicy') as unknown as NetworkPolicy[];
  const from = { namespace: 'taskflow-backend', labels: { app: 'notifications' } };
  const reachable = (addresses: string[]) => addresses.filter((address) => permits(policies, from, { address }, 443));
  const everywhere = [...PUBLIC, ...NOT_PUBLIC];
  expect(everywhere.filter((address) => mayReach(address, []))).toEqual(PUBLIC);
  expect(reachable(everywhere)).toEqual(PUBLIC);
  expect(everywhere.filter((address) => permits(policies, from, { address }, 80))).toEqual([]);
});

test('the alert rules do what their tests say', ({ skip }) => {
  const folder = `${K8S}components/monitoring/servers/prometheus`;
  skip(spawnSync('promtool', ['--version']).error !== undefined, 'promtool, which comes with Prometheus, is not installed');
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'rules-test.yml'], { cwd: folder, encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
});

describe('each check finds its fault', () => {
  const find = (manifests: Manifest[], kind: string, name: string): Manifest => {
    const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name.startsWith(name));
    if (!found) throw new Error(`there is no ${kind} ${name} to plant a fault in`);
    return found;
  };
  const pod = (manifests: Manifest[], name = 'auth') => find(manifests, 'Deployment', name).spec.template.spec;
  const container = (manifests: Manifest[], name = 'auth') => pod(manifests, name).containers[0];
  const without = (manifests: Manifest[], kind: string, name: string): void => {
    manifests.splice(manifests.indexOf(find(manifests, kind, name)), 1);
  };

  const FAULTS: Array<[string, (manifests: Manifest[]) => void, RegExp]> = [
    ['a resource that is there twice', (all) => all.push(structuredClone(all[0]!)), /^Namespace \S+ is there twice$/],
    ['a Service that selects nothing', (all) => (find(all, 'Service', 'auth-svc').spec.selector.app = 'auht'), /auth-svc selects no pod/],
    [
      'a Service to a port that no container names',
      (all) => (find(all, 'Service', 'tasks-svc').spec.ports[0].targetPort = 'htpt'),
      /leads to the port htpt/,
    ],
    [
      'a policy for pods that are not there',
      (all) => (find(all, 'NetworkPolicy', 'metrics').spec.podSelector.matchLabels.app = 'metric'),
      /NetworkPolicy \S+metrics selects no pod/,
    ],
    [
      'a policy for a peer that is not there',
      (all) => (find(all, 'NetworkPolicy', 'auth').spec.ingress[0].from[1].podSelector.matchLabels.app = 'task'),
      /names a peer that no pod is: .*"task"/,
    ],
    [
      'a policy for a peer in another namespace that is not there',
      (all) => (find(all, 'NetworkPolicy', 'auth').spec.ingress[0].from[0].podSelector.matchLabels.app = 'gate'),
      /names a peer that no pod is: .*"gate"/,
    ],
    [
      'a policy that lets in at a port that is not there',
      (all) => (find(all, 'NetworkPolicy', 'auth').spec.ingress[0].ports[0].port = 5005),
      /is about port 5005/,
    ],
    [
      'a policy that leads to a port that is not there',
      (all) => (find(all, 'NetworkPolicy', 'gateway').spec.egress[0].ports[0].port = 5005),
      /is about port 5005/,
    ],
    [
      'a Secret that nobody makes',
      (all) => (pod(all).volumes[0].projected.sources[0].secret.name = 'auth-secret'),
      /refers to the Secret auth-secret, which nobody makes/,
    ],
    [
      'a key that a Secret does not have',
      (all) => (pod(all).volumes[0].projected.sources[0].secret.items[0].key = 'databse-url'),
      /key databse-url of Secret auth-secrets/,
    ],
    [
      'a Secret in the wrong namespace',
      (all) => (pod(all, 'gateway').volumes[0].projected.sources[0].secret.name = 'tasks-secrets'),
      /Deployment taskflow-frontend\/gateway refers to the Secret tasks-secrets/,
    ],
    [
      'a Secret in the environment that nobody makes',
      (all) => (container(all).env = [{ name: 'X', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } }]),
      /refers to the Secret x,/,
    ],
    [
      'a ConfigMap that nobody makes',
      (all) => without(all, 'ConfigMap', 'backend-config'),
      /refers to the ConfigMap backend-config-\S+, which nobody makes/,
    ],
    [
      'a key that a ConfigMap does not have',
      (all) => delete find(all, 'ConfigMap', 'frontend-config').data.TRUSTED_PROXIES,
      /key TRUSTED_PROXIES of ConfigMap/,
    ],
    ['a ServiceAccount that nobody makes', (all) => without(all, 'ServiceAccount', 'tasks'), /ServiceAccount tasks, which nobody makes/],
    [
      'a PriorityClass that nobody makes',
      (all) => without(all, 'PriorityClass', 'taskflow-backend'),
      /PriorityClass taskflow-backend, which nobody makes/,
    ],
    [
      'a PersistentVolumeClaim that nobody makes',
      (all) => without(all, 'PersistentVolumeClaim', 'prometheus'),
      /PersistentVolumeClaim prometheus, which nobody makes/,
    ],
    [
      'a volume that is not there',
      (all) => container(all).volumeMounts.push({ name: 'more', mountPath: '/more' }),
      /volume more, which nobody makes/,
    ],
    ['a volume that nothing mounts', (all) => pod(all).volumes.push({ name: 'more', emptyDir: {} }), /volume more, which nothing mounts/],
    [
      'an Ingress without its certificate',
      (all) => (find(all, 'Ingress', 'frontend').spec.tls[0].secretName = 'tls'),
      /Secret tls with a certificate/,
    ],
    [
      'an Ingress to a Service that is not there',
      (all) => (find(all, 'Ingress', 'frontend').spec.rules[0].http.paths[0].backend.service.name = 'web'),
      /Service web, which nobody makes/,
    ],
    [
      'a Gateway without its certificate',
      (all) => (find(all, 'Gateway', 'taskflow').spec.listeners[1].tls.certificateRefs[0].name = 'tls'),
      /Secret tls with a certificate/,
    ],
    [
      'a route to a port that a Service does not have',
      (all) => (find(all, 'HTTPRoute', 'frontend').spec.rules[0].backendRefs[0].port = 81),
      /port 81 of Service frontend-svc/,
    ],
    [
      'a route of a listener that is not there',
      (all) => (find(all, 'HTTPRoute', 'to-https').spec.parentRefs[0].sectionName = 'plain'),
      /listener plain of Gateway taskflow/,
    ],
    [
      'a PodDisruptionBudget without its workload',
      (all) => (find(all, 'PodDisruptionBudget', 'auth').spec.selector.matchLabels.app = 'auht'),
      /PodDisruptionBudget \S+ selects no pod/,
    ],
    [
      'an autoscaler without its workload',
      (all) => (find(all, 'HorizontalPodAutoscaler', 'auth').spec.scaleTargetRef.name = 'auht'),
      /scales Deployment auht, which nobody makes/,
    ],
    ['replicas that are set twice', (all) => (find(all, 'Deployment', 'auth').spec.replicas = 2), /sets its replicas, which/],
    ['an autoscaler without room', (all) => (find(all, 'HorizontalPodAutoscaler', 'auth').spec.maxReplicas = 2), /scales from \d to 2/],
    [
      'a Deployment that does not select its pods',
      (all) => (find(all, 'Deployment', 'auth').spec.selector.matchLabels.app = 'auht'),
      /does not select its own pods/,
    ],
    ['root', (all) => (pod(all).securityContext.runAsUser = 0), /expected a numeric user other than root/],
    ['a user without number', (all) => delete pod(all).securityContext.runAsUser, /expected a numeric user other than root/],
    ['a container that is root', (all) => (container(all).securityContext.runAsUser = 0), /expected no privileges/],
    ['no seccomp profile', (all) => delete pod(all).securityContext.seccompProfile, /expected seccompProfile RuntimeDefault/],
    ['a token', (all) => (pod(all).automountServiceAccountToken = true), /expected no token/],
    [
      'a ServiceAccount with a token',
      (all) => delete find(all, 'ServiceAccount', 'auth').automountServiceAccountToken,
      /expected no token/,
    ],
    ['a shared ServiceAccount', (all) => (pod(all).serviceAccountName = 'tasks'), /expected a ServiceAccount of its own/],
    ['the network of the node', (all) => (pod(all).hostNetwork = true), /expected no hostNetwork/],
    ['a folder of the node', (all) => (pod(all).volumes[0].hostPath = { path: '/' }), /expected no folder of the node/],
    ['service links', (all) => delete pod(all).enableServiceLinks, /expected enableServiceLinks false/],
    [
      'a writable root file system',
      (all) => delete container(all).securityContext.readOnlyRootFilesystem,
      /expected a read-only root file system/,
    ],
    [
      'privilege escalation',
      (all) => delete container(all).securityContext.allowPrivilegeEscalation,
      /expected allowPrivilegeEscalation false/,
    ],
    ['a capability', (all) => (container(all).securityContext.capabilities.add = ['NET_ADMIN']), /expected all capabilities dropped/],
    [
      'an init container with capabilities',
      (all) => delete pod(all).initContainers[0].securityContext.capabilities,
      /container wait: expected all capabilities dropped/,
    ],
    ['no CPU request', (all) => delete container(all).resources.requests.cpu, /expected requests of CPU and memory/],
    [
      'a memory limit that differs',
      (all) => (container(all).resources.limits.memory = '1Gi'),
      /expected a memory limit equal to its request/,
    ],
    ['a port of the node', (all) => (container(all).ports[0].hostPort = 5000), /expected no port of the node/],
    [
      'a probe at a port that is not there',
      (all) => (container(all, 'frontend').livenessProbe.httpGet.port = 'operations'),
      /the port operations, which its probe asks at/,
    ],
    ['no readiness probe', (all) => delete container(all).readinessProbe, /container auth: expected a readinessProbe/],
    [
      'a sidecar without liveness probe',
      (all) => delete pod(all).initContainers[1].livenessProbe,
      /container audit-sidecar: expected a livenessProbe/,
    ],
    ['a sidecar before the wait', (all) => pod(all).initContainers.reverse(), /begins with audit-sidecar instead of wait/],
    [
      'an image without version',
      (all) => (container(all).image = 'registry:5000/taskflow/auth'),
      /runs registry:5000\/taskflow\/auth: expected a version/,
    ],
    ['the image latest', (all) => (container(all).image = 'taskflow/auth:latest'), /runs taskflow\/auth:latest/],
    [
      'a missing label',
      (all) => delete find(all, 'NetworkPolicy', 'to-postgres').metadata.labels.tier,
      /NetworkPolicy \S+to-postgres lacks a label/,
    ],
    [
      'a pod without label',
      (all) => delete find(all, 'Deployment', 'grafana').spec.template.metadata.labels.tier,
      /a pod of Deployment \S+grafana lacks the label tier/,
    ],
    [
      'settings that can be changed',
      (all) => delete find(all, 'ConfigMap', 'backend-config').immutable,
      /ConfigMap \S+backend-config-\S+ can be changed/,
    ],
    [
      'two addresses',
      (all) => (find(all, 'ConfigMap', 'backend-config').data.PUBLIC_URL = 'https://example.org'),
      /PUBLIC_URL is \S+ and \S+/,
    ],
    [
      'an address that is not served',
      (all) => (find(all, 'Ingress', 'frontend').spec.rules[0].host = 'example.org'),
      /served at example.org, and PUBLIC_URL is/,
    ],
    [
      'a quota too small for CPU',
      (all) => (find(all, 'ResourceQuota', 'quota').spec.hard['requests.cpu'] = '1'),
      /allows 1 of requests.cpu, and/,
    ],
    [
      'a quota too small for memory',
      (all) => (container(all, 'tasks').resources = { requests: { cpu: '1', memory: '8Gi' }, limits: { memory: '8Gi' } }),
      /of requests.memory, and/,
    ],
    ['a quota of too few pods', (all) => (find(all, 'ResourceQuota', 'quota').spec.hard.pods = '10'), /allows 10 of pods, and/],
  ];

  test.for(FAULTS)('%s', ([, plant, expected]) => {
    for (const overlay of ['dev', 'prod'] as const) {
      const manifests = complete(overlay);
      plant(manifests);
      expect(problemsOf(manifests, secrets).join('\n')).toMatch(new RegExp(expected, 'm'));
    }
  });

  test('a Secret that an administrator was not asked for', () => {
    expect(problemsOf(complete('prod'), secretsOf(['ingress'])).join('\n')).toMatch(
      /refers to the Secret smtp-password, which nobody makes/,
    );
  });

  test('a binding to a role that is not there', () => {
    const manifests = complete('dev');
    find(manifests, 'RoleBinding', 'make-secrets').roleRef.name = 'make-all';
    expect(problemsOf(manifests, secrets).join('\n')).toMatch(/Role make-all, which nobody makes/);
  });
});
