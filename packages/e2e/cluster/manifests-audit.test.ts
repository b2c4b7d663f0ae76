import { until } from '@taskflow/testing/until';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderAll } from './combinations.ts';
import { kubectl, list, type Pod } from './kubectl.ts';
import type { Manifest } from './manifests.ts';

// The aid that shows whether NetworkPolicies are enforced, in namespaces where they are, are not, and are too many.

const CASES: Array<{ namespace: string; policies: string[]; exitCode: number; says: RegExp }> = [
  { namespace: 'audit-enforced', policies: ['default-deny', 'dns'], exitCode: 0, says: /^NetworkPolicies are enforced/m },
  {
    namespace: 'audit-open',
    policies: [],
    exitCode: 1,
    says: /^NetworkPolicies are not enforced: kubernetes\.default\.svc:443.* must not open from a pod without rights$/m,
  },
  {
    namespace: 'audit-closed',
    policies: ['default-deny'],
    exitCode: 2,
    says: /^nothing can be said: kube-dns\.kube-system\.svc:53 (no answer|E\w+)/m,
  },
];

let manifests: Manifest[];

beforeAll(async () => {
  const [rendered] = await renderAll([{ overlay: 'dev', components: ['network-policy-audit'] }]);
  manifests = rendered!.manifests;
});

afterAll(() => kubectl(['delete', 'namespace', '--ignore-not-found', '--wait=false', ...CASES.map(({ namespace }) => namespace)]));

const find = (kind: string, name: RegExp, namespace?: string): Manifest => {
  const found = manifests.find(({ kind: k, metadata }) => k === kind && name.test(metadata.name) && metadata.namespace === namespace);
  return structuredClone(found!);
};

/** What of the component and of base is needed, in a namespace like the real one. */
function itemsOf({ namespace, policies }: (typeof CASES)[number]): unknown[] {
  const place = find('Namespace', /^taskflow-backend$/);
  place.metadata.name = namespace;
  const job = { apiVersion: 'batch/v1', ...find('CronJob', /^network-policy-audit$/, 'taskflow-backend').spec.jobTemplate };
  job.kind = 'Job';
  job.metadata.name = 'audit';
  const items = [
    find('ServiceAccount', /^network-policy-audit$/, 'taskflow-backend'),
    find('ConfigMap', /^network-policy-audit-/, 'taskflow-backend'),
    ...policies.map((name) => find('NetworkPolicy', new RegExp(`^${name}$`), 'taskflow-backend')),
    job,
  ];
  for (const { metadata } of items) metadata.namespace = namespace;
  return [place, ...items];
}

test.concurrent.for(CASES)('in $namespace it ends with $exitCode', async (one) => {
  const { namespace, exitCode, says } = one;
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: itemsOf(one) }) });
  const ended = await until(
    async () => {
      const [pod] = await list<Pod>('pods', namespace);
      return pod?.status.containerStatuses?.[0]?.state.terminated;
    },
    { ms: 120_000, every: 500, what: `the audit in ${namespace} has ended` },
  );
  const log = await kubectl(['logs', '-n', namespace, 'job/audit']);
  expect({ exitCode: ended.exitCode, log }).toEqual({ exitCode, log: expect.stringMatching(says) });
});
