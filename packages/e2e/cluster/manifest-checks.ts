import type { Manifest } from './manifests.ts';

/** What is made outside the manifests: names of Secrets or ConfigMaps as `namespace/name`, with their keys. */
export type Known = Map<string, string[]>;

type Labels = Record<string, string>;
// biome-ignore lint/suspicious/noExplicitAny: manifests are looked into as deep as they are
type Json = any;

interface Workload {
  manifest: Manifest;
  name: string;
  namespace: string;
  labels: Labels;
  spec: Json;
  containers: Json[];
}

/** What a check looks at. */
class View {
  readonly all: Manifest[];
  readonly workloads: Workload[];
  readonly secrets: Known;

  constructor(all: Manifest[], secrets: Known) {
    this.all = all;
    this.secrets = secrets;
    this.workloads = all.flatMap((manifest) => {
      const template = manifest.kind === 'CronJob' ? manifest.spec.jobTemplate.spec.template : manifest.spec?.template;
      if (!template?.spec?.containers) return [];
      const { name, namespace } = manifest.metadata;
      const containers = [...(template.spec.initContainers ?? []), ...template.spec.containers];
      return [{ manifest, name, namespace, labels: template.metadata.labels ?? {}, spec: template.spec, containers }];
    });
  }

  of(kind: string): Manifest[] {
    return this.all.filter((manifest) => manifest.kind === kind);
  }

  find(kind: string, namespace: string | undefined, name: string): Manifest | undefined {
    return this.all.find(({ kind: k, metadata }) => k === kind && metadata.namespace === namespace && metadata.name === name);
  }

  selected(namespace: string, selector: Json): Workload[] {
    return this.workloads.filter((workload) => workload.namespace === namespace && matches(selector, workload.labels));
  }

  /** Whether these manifests make the namespace; what others hold cannot be known. */
  owns(namespace: string): boolean {
    return this.of('Namespace').some(({ metadata }) => metadata.name === namespace);
  }
}

const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;

function matches({ matchLabels = {}, matchExpressions = [] }: Json, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }: Json) => {
      if (operator !== 'In') throw new Error(`the check does not know the operator ${operator}`);
      return values.includes(labels[key]);
    })
  );
}

/** Whether a container has the port, by name or number. */
const hasPort = ({ containers }: Workload, port: string | number): boolean =>
  containers.some(({ ports = [] }) => ports.some(({ name, containerPort }: Json) => name === port || containerPort === port));

type Check = (view: View) => string[];

const duplicates: Check = ({ all }) => {
  const names = all.map(nameOf);
  return names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${name} is there twice`);
};

const services: Check = (view) =>
  view.of('Service').flatMap((service) => {
    const { type, selector, ports = [] } = service.spec;
    if (type === 'ExternalName') return [];
    const pods = view.selected(service.metadata.namespace, { matchLabels: selector });
    if (pods.length === 0) return [`${nameOf(service)} selects no pod`];
    return pods.flatMap((pod) =>
      ports
        .filter(({ port, targetPort = port }: Json) => !hasPort(pod, targetPort))
        .map(({ port, targetPort = port }: Json) => `${nameOf(service)} leads to the port ${targetPort}, which ${pod.name} does not have`),
    );
  });

const networkPolicies: Check = (view) =>
  view.of('NetworkPolicy').flatMap((policy) => {
    const { namespace } = policy.metadata;
    const { podSelector, ingress = [], egress = [] } = policy.spec;
    const own = view.selected(namespace, podSelector);
    if (own.length === 0) return [`${nameOf(policy)} selects no pod`];
    const problems: string[] = [];
    const expectPort = (pods: Workload[], ports: Json[] = []) => {
      for (const { port } of ports) {
        if (pods.length > 0 && !pods.some((pod) => hasPort(pod, port)))
          problems.push(`${nameOf(policy)} is about port ${port}, which no pod that it is about has`);
      }
    };
    const peersOf = (peers: Json[] = []): Workload[] =>
      peers.flatMap((peer) => {
        if (peer.ipBlock) return [];
        const there = peer.namespaceSelector ? peer.namespaceSelector.matchLabels['kubernetes.io/metadata.name'] : namespace;
        if (!view.owns(there)) return [];
        const pods = view.selected(there, peer.podSelector ?? {});
        if (pods.length === 0) problems.push(`${nameOf(policy)} names a peer that no pod is: ${JSON.stringify(peer)}`);
        return pods;
      });
    for (const { from, ports } of ingress) {
      peersOf(from);
      expectPort(own, ports);
    }
    for (const { to, ports } of egress) expectPort(peersOf(to), ports);
    return problems;
  });

/** Secrets and ConfigMaps that a pod refers to, with the keys that have to be there. */
function referencesOf({ spec, containers }: Workload): Array<{ kind: 'Secret' | 'ConfigMap'; name: string; keys: string[] }> {
  const found: Array<{ kind: 'Secret' | 'ConfigMap'; name: string; keys: string[]; optional?: boolean }> = [];
  const add = (kind: 'Secret' | 'ConfigMap', source: Json, name = source?.name) => {
    if (!source) return;
    const keys = source.key ? [source.key] : (source.items ?? []).map(({ key }: Json) => key);
    found.push({ kind, name, keys, optional: source.optional });
  };
  for (const volume of spec.volumes ?? []) {
    add('Secret', volume.secret, volume.secret?.secretName);
    add('ConfigMap', volume.configMap);
    for (const source of volume.projected?.sources ?? []) {
      add('Secret', source.secret);
      add('ConfigMap', source.configMap);
    }
  }
  for (const { env = [], envFrom = [] } of containers) {
    for (const { valueFrom } of env) {
      add('Secret', valueFrom?.secretKeyRef);
      add('ConfigMap', valueFrom?.configMapKeyRef);
    }
    for (const { secretRef, configMapRef } of envFrom) {
      add('Secret', secretRef);
      add('ConfigMap', configMapRef);
    }
  }
  return found.filter(({ optional }) => !optional);
}

const podReferences: Check = (view) =>
  view.workloads.flatMap((workload) => {
    const { manifest, namespace, spec, containers } = workload;
    const missing = (what: string) => `${nameOf(manifest)} refers to the ${what}, which nobody makes`;
    const problems = referencesOf(workload).flatMap(({ kind, name, keys }) => {
      const map = view.find('ConfigMap', namespace, name);
      const made = kind === 'Secret' ? view.secrets.get(`${namespace}/${name}`) : map && Object.keys({ ...map.data, ...map.binaryData });
      if (!made) return [missing(`${kind} ${name}`)];
      return keys.filter((key) => !made.includes(key)).map((key) => missing(`key ${key} of ${kind} ${name}`));
    });
    if (!view.find('ServiceAccount', namespace, spec.serviceAccountName))
      problems.push(missing(`ServiceAccount ${spec.serviceAccountName}`));
    if (spec.priorityClassName && !view.find('PriorityClass', undefined, spec.priorityClassName))
      problems.push(missing(`PriorityClass ${spec.priorityClassName}`));
    for (const { persistentVolumeClaim: claim } of spec.volumes ?? []) {
      if (claim && !view.find('PersistentVolumeClaim', namespace, claim.claimName))
        problems.push(missing(`PersistentVolumeClaim ${claim.claimName}`));
    }
    const volumes: string[] = [
      ...(spec.volumes ?? []),
      ...(manifest.spec.volumeClaimTemplates ?? []).map((claim: Json) => claim.metadata),
    ].map(({ name }: Json) => name);
    const mounted: string[] = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }: Json) => name));
    problems.push(...mounted.filter((name) => !volumes.includes(name)).map((name) => missing(`volume ${name}`)));
    problems.push(
      ...volumes
        .filter((name) => !mounted.includes(name))
        .map((name) => `${nameOf(manifest)} has the volume ${name}, which nothing mounts`),
    );
    return problems;
  });

const otherReferences: Check = (view) => {
  const problems: string[] = [];
  const expect = (found: unknown, from: Manifest, what: string) => {
    if (!found) problems.push(`${nameOf(from)} refers to the ${what}, which nobody makes`);
  };
  const expectService = (from: Manifest, name: string, port: Json) => {
    const service = view.find('Service', from.metadata.namespace, name);
    expect(service, from, `Service ${name}`);
    const has = service?.spec.ports.some((p: Json) => p.port === port.number || p.name === port.name);
    if (service) expect(has, from, `port ${port.name ?? port.number} of Service ${name}`);
  };
  const expectCertificate = (from: Manifest, name: string) => {
    const keys = view.secrets.get(`${from.metadata.namespace}/${name}`) ?? [];
    expect(keys.includes('tls.crt') && keys.includes('tls.key'), from, `Secret ${name} with a certificate`);
  };
  for (const ingress of view.of('Ingress')) {
    for (const { secretName } of ingress.spec.tls ?? []) expectCertificate(ingress, secretName);
    for (const { http } of ingress.spec.rules)
      for (const { backend } of http.paths) expectService(ingress, backend.service.name, backend.service.port);
  }
  for (const gateway of view.of('Gateway')) {
    for (const { tls } of gateway.spec.listeners) for (const { name } of tls?.certificateRefs ?? []) expectCertificate(gateway, name);
  }
  for (const route of view.of('HTTPRoute')) {
    for (const { name, sectionName } of route.spec.parentRefs) {
      const gateway = view.find('Gateway', route.metadata.namespace, name);
      const listens = gateway?.spec.listeners.some((listener: Json) => listener.name === sectionName);
      expect(listens, route, `listener ${sectionName} of Gateway ${name}`);
    }
    for (const { backendRefs = [] } of route.spec.rules)
      for (const { name, port } of backendRefs) expectService(route, name, { number: port });
  }
  for (const binding of view.of('RoleBinding')) {
    expect(
      view.find(binding.roleRef.kind, binding.metadata.namespace, binding.roleRef.name),
      binding,
      `${binding.roleRef.kind} ${binding.roleRef.name}`,
    );
    for (const { kind, namespace, name } of binding.subjects) expect(view.find(kind, namespace, name), binding, `${kind} ${name}`);
  }
  return problems;
};

const workloadsOfOthers: Check = (view) => [
  ...view
    .of('PodDisruptionBudget')
    .filter(({ metadata, spec }) => view.selected(metadata.namespace, spec.selector).length === 0)
    .map((budget) => `${nameOf(budget)} selects no pod`),
  ...view.of('HorizontalPodAutoscaler').flatMap((autoscaler) => {
    const { kind, name } = autoscaler.spec.scaleTargetRef;
    const target = view.find(kind, autoscaler.metadata.namespace, name);
    if (!target) return [`${nameOf(autoscaler)} scales ${kind} ${name}, which nobody makes`];
    const problems =
      target.spec.replicas === undefined ? [] : [`${nameOf(target)} sets its replicas, which ${nameOf(autoscaler)} does too`];
    const { minReplicas = 1, maxReplicas } = autoscaler.spec;
    if (minReplicas < 2 || minReplicas >= maxReplicas)
      problems.push(`${nameOf(autoscaler)} scales from ${minReplicas} to ${maxReplicas}: expected at least 2, and room above`);
    return problems;
  }),
  ...view.workloads
    .filter(({ manifest, labels }) => manifest.spec.selector && !matches(manifest.spec.selector, labels))
    .map(({ manifest }) => `${nameOf(manifest)} does not select its own pods`),
];

/** Of the API server's token, which only the one pod that makes Secrets has. */
const HAS_TOKEN = ['make-secrets'];

const hardening: Check = (view) =>
  view.workloads.flatMap(({ manifest, name, spec, containers }) => {
    const problems: string[] = [];
    const expect = (condition: boolean, where: string, what: string) => {
      if (!condition) problems.push(`${nameOf(manifest)}${where}: expected ${what}`);
    };
    const { securityContext: pod = {} } = spec;
    expect(pod.runAsNonRoot === true && Number.isInteger(pod.runAsUser) && pod.runAsUser > 0, '', 'a numeric user other than root');
    expect(pod.seccompProfile?.type === 'RuntimeDefault', '', 'seccompProfile RuntimeDefault');
    expect(spec.enableServiceLinks === false, '', 'enableServiceLinks false');
    if (!HAS_TOKEN.includes(name)) {
      const account = view.find('ServiceAccount', manifest.metadata.namespace, spec.serviceAccountName);
      expect(spec.automountServiceAccountToken === false && account?.automountServiceAccountToken === false, '', 'no token');
    }
    expect(
      view.workloads.every((other) => other.name === name || other.spec.serviceAccountName !== spec.serviceAccountName),
      '',
      'a ServiceAccount of its own',
    );
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) expect(!spec[key], '', `no ${key}`);
    expect(!(spec.volumes ?? []).some(({ hostPath }: Json) => hostPath), '', 'no folder of the node');
    for (const { name: container, securityContext = {}, resources = {}, ports = [], ...other } of containers) {
      const at = ` container ${container}`;
      const { requests = {}, limits = {} } = resources;
      expect(securityContext.allowPrivilegeEscalation === false, at, 'allowPrivilegeEscalation false');
      expect(securityContext.readOnlyRootFilesystem === true, at, 'a read-only root file system');
      expect(securityContext.capabilities?.drop?.[0] === 'ALL' && !securityContext.capabilities.add, at, 'all capabilities dropped');
      expect(!securityContext.privileged && (securityContext.runAsUser ?? 1) > 0, at, 'no privileges');
      expect(Boolean(requests.cpu && requests.memory), at, 'requests of CPU and memory');
      expect(limits.memory !== undefined && limits.memory === requests.memory, at, 'a memory limit equal to its request');
      expect(!ports.some(({ hostPort }: Json) => hostPort), at, 'no port of the node');
      for (const probe of [other.startupProbe, other.livenessProbe, other.readinessProbe]) {
        const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
        if (port)
          expect(
            ports.some((p: Json) => p.name === port || p.containerPort === port),
            at,
            `the port ${port}, which its probe asks at`,
          );
      }
    }
    return problems;
  });

const probes: Check = (view) =>
  view.workloads
    .filter(({ manifest }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(manifest.kind))
    .flatMap(({ manifest, spec }) =>
      [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }: Json) => restartPolicy === 'Always')].flatMap(
        (container) =>
          ['startupProbe', 'livenessProbe', 'readinessProbe']
            .filter((probe) => !container[probe])
            .map((probe) => `${nameOf(manifest)} container ${container.name}: expected a ${probe}`),
      ),
    );

/** A merge patch puts what it changes first, so the order has to be looked at. */
const waitsFirst: Check = (view) =>
  view.workloads
    .filter(({ spec }) => spec.initContainers && spec.initContainers[0].name !== 'wait')
    .map(({ manifest }) => `${nameOf(manifest)} begins with ${manifest.spec.template.spec.initContainers[0].name} instead of wait`);

const images: Check = (view) =>
  view.workloads.flatMap(({ manifest, containers }) =>
    containers
      .filter(({ image }) => !/@sha256:[0-9a-f]{64}$/.test(image) && (!/:[^/]+$/.test(image) || image.endsWith(':latest')))
      .map(({ image }) => `${nameOf(manifest)} runs ${image}: expected a version or a digest`),
  );

const labels: Check = ({ all, workloads }) => [
  ...all
    .filter(({ kind }) => !['Namespace', 'PriorityClass'].includes(kind))
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of'] !== 'taskflow' || !metadata.labels.tier)
    .map((manifest) => `${nameOf(manifest)} lacks a label`),
  ...workloads.flatMap(({ manifest, labels }) =>
    ['app', 'tier', 'app.kubernetes.io/name', 'app.kubernetes.io/part-of']
      .filter((key) => !labels[key])
      .map((key) => `a pod of ${nameOf(manifest)} lacks the label ${key}`),
  ),
];

/** Settings whose name has their hash. */
const settings: Check = (view) => {
  const problems = view
    .of('ConfigMap')
    .filter(({ metadata, immutable }) => /-[a-z0-9]{10}$/.test(metadata.name) && !immutable)
    .map((map) => `${nameOf(map)} can be changed`);
  const addresses = view.of('ConfigMap').flatMap(({ data }) => data.PUBLIC_URL ?? []);
  const [address = 'nowhere'] = addresses;
  if (new Set(addresses).size !== 1) problems.push(`PUBLIC_URL is ${addresses.join(' and ')}`);
  const hosts = [
    ...view
      .of('Ingress')
      .flatMap(({ spec }) => [...spec.rules.map(({ host }: Json) => host), ...spec.tls.flatMap((tls: Json) => tls.hosts)]),
    ...view.of('Gateway').flatMap(({ spec }) => spec.listeners.map(({ hostname }: Json) => hostname)),
    ...view.of('HTTPRoute').flatMap(({ spec }) => spec.hostnames),
  ];
  for (const host of new Set(hosts)) {
    if (`https://${host}` !== address) problems.push(`the web app is served at ${host}, and PUBLIC_URL is ${address}`);
  }
  return problems;
};

const UNITS: Record<string, number> = { '': 1, m: 1e-3, k: 1e3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

function quantity(text: string | number): number {
  const [, digits, unit = ''] = /^([\d.]+)(m|k|Ki|Mi|Gi)?$/.exec(String(text)) ?? [];
  if (digits === undefined) throw new Error(`the check does not know the quantity ${text}`);
  return Number(digits) * UNITS[unit]!;
}

/** What the scheduler reckons with for a pod: sidecars go on while the others run, init containers come one after the other. */
function requestOf({ initContainers = [], containers }: Json, resource: 'cpu' | 'memory'): number {
  const of = (container: Json) => quantity(container.resources?.requests?.[resource] ?? 0);
  let sidecars = 0;
  let most = 0;
  for (const container of initContainers) {
    if (container.restartPolicy === 'Always') sidecars += of(container);
    most = Math.max(most, sidecars + (container.restartPolicy === 'Always' ? 0 : of(container)));
  }
  return Math.max(most, sidecars + containers.reduce((sum: number, container: Json) => sum + of(container), 0));
}

/** The most pods of a workload at once: scaled out, and rolling. */
function mostPods(view: View, { manifest, name, namespace }: Workload): number {
  if (manifest.kind === 'Job' || manifest.kind === 'CronJob') return 1;
  const autoscaler = view.find('HorizontalPodAutoscaler', namespace, name);
  const surge = manifest.spec.strategy?.rollingUpdate?.maxSurge ?? 0;
  return (autoscaler?.spec.maxReplicas ?? manifest.spec.replicas ?? 1) + surge;
}

const quotas: Check = (view) =>
  view.of('ResourceQuota').flatMap((quota) => {
    const { hard } = quota.spec;
    const there = view.workloads.filter(({ namespace }) => namespace === quota.metadata.namespace);
    const total = (amount: (workload: Workload) => number) =>
      there.reduce((sum, workload) => sum + amount(workload) * mostPods(view, workload), 0);
    const needs: Record<string, number> = {
      pods: total(() => 1),
      'requests.cpu': total(({ spec }) => requestOf(spec, 'cpu')),
      'requests.memory': total(({ spec }) => requestOf(spec, 'memory')),
    };
    return Object.entries(needs)
      .filter(([resource, amount]) => amount > quantity(hard[resource]))
      .map(([resource, amount]) => `${nameOf(quota)} allows ${hard[resource]} of ${resource}, and ${amount} may be needed`);
  });

const CHECKS = [
  duplicates,
  services,
  networkPolicies,
  podReferences,
  otherReferences,
  workloadsOfOthers,
  hardening,
  probes,
  waitsFirst,
  images,
  labels,
  settings,
  quotas,
];

/** Everything that is wrong with what a kustomization renders, in words. */
export function problemsOf(manifests: Manifest[], secrets: Known): string[] {
  const view = new View(manifests, secrets);
  return CHECKS.flatMap((check) => check(view));
}
