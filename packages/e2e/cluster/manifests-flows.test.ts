import { beforeAll, expect, test } from 'vitest';
import { OPTIONAL, type Rendered, renderAll } from './combinations.ts';
import type { Manifest } from './manifests.ts';
import { type NetworkPolicy, permits } from './network-policy.ts';

let rendered: Rendered[];

beforeAll(async () => {
  const combinations = [[], ...OPTIONAL.map((component) => [component])];
  rendered = await renderAll(combinations.map((components) => ({ overlay: 'dev', components })));
}, 60_000);

/** What a component adds to the connections that dev permits, beginning with -, what it takes away. */
const FLOWS: Record<string, string[]> = {
  monitoring: [
    'grafana → prometheus:9090',
    'prometheus → auth:10090',
    'prometheus → auth:6000',
    'prometheus → gateway:4000',
    'prometheus → metrics:6001',
    'prometheus → notifications:4001',
    'prometheus → tasks:10091',
    'prometheus → tasks:9081',
  ],
  hpa: [],
  ingress: ['-everyone → frontend:8080', 'ingress-nginx → frontend:8080'],
  'gateway-api': ['-everyone → frontend:8080', 'envoy-gateway-system → frontend:8080'],
  smtp: ['notifications → internet:465', 'notifications → internet:587'],
  'network-policy-audit': [],
};

/** Every TCP connection that is permitted to pods, and from them to the Internet. */
function flowsOf(manifests: Manifest[]): Set<string> {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as NetworkPolicy[];
  const pods = manifests.flatMap(({ kind, metadata, spec }) => {
    const template = kind === 'CronJob' ? spec.jobTemplate.spec.template : spec?.template;
    if (!template?.spec?.containers) return [];
    const containers = [...(template.spec.initContainers ?? []), ...template.spec.containers];
    const ports: number[] = containers.flatMap((container) => (container.ports ?? []).map(({ containerPort }: Manifest) => containerPort));
    return [{ name: metadata.name, at: { namespace: metadata.namespace, labels: template.metadata.labels }, ports }];
  });
  const internet = { name: 'internet', at: { address: '93.184.215.14' }, ports: [25, 80, 443, 465, 587, 6443] };
  const strangers = ['default', 'ingress-nginx', 'envoy-gateway-system'].map((namespace) => ({
    name: namespace,
    at: { namespace, labels: {} },
  }));
  const flows = new Set<string>();
  for (const to of [...pods, internet]) {
    for (const port of to.ports) {
      // Where strangers may go is no matter of ours.
      const sources = (to === internet ? pods : [...pods, ...strangers]).filter(
        (from) => from !== to && permits(policies, from.at, to.at, port),
      );
      const names = sources.some(({ name }) => name === 'default') ? ['everyone'] : sources.map(({ name }) => name);
      for (const name of names) flows.add(`${name} → ${to.name}:${port}`);
    }
  }
  return flows;
}

test.for(OPTIONAL)('%s opens the connections that it needs and no other', (component) => {
  const of = (components: string[]) => flowsOf(rendered.find((one) => one.components.join() === components.join())!.manifests);
  const [without, having] = [of([]), of([component])];
  const added = [...having].filter((flow) => !without.has(flow));
  const removed = [...without].filter((flow) => !having.has(flow));
  const changes = [...added, ...removed.map((flow) => `-${flow}`)];
  expect(changes.sort()).toEqual(FLOWS[component]!.toSorted());
});
