import { BlockList, isIPv6 } from 'node:net';

type Labels = Record<string, string>;

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: Array<{ key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }>;
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: Array<{ protocol?: string; port?: number; endPort?: number }>;
}

export interface NetworkPolicy {
  kind: 'NetworkPolicy';
  metadata: { name: string; namespace: string };
  spec: { podSelector: Selector; policyTypes: Array<'Ingress' | 'Egress'>; ingress?: Rule[]; egress?: Rule[] };
}

/** A pod, or an address that is no pod's. */
export type Endpoint = { namespace: string; labels: Labels } | { address: string };

/**
 * Whether NetworkPolicies permit a TCP connection, as networking.k8s.io/v1 defines it: a pod that a policy of a direction
 * selects has only what one of them allows in that direction; the others have all.
 */
export function permits(policies: NetworkPolicy[], from: Endpoint, to: Endpoint, port: number): boolean {
  return allows(policies, 'Egress', from, to, port) && allows(policies, 'Ingress', to, from, port);
}

function allows(policies: NetworkPolicy[], direction: 'Ingress' | 'Egress', pod: Endpoint, other: Endpoint, port: number): boolean {
  if ('address' in pod) return true; // policies are for pods
  const selecting = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.namespace && spec.policyTypes.includes(direction) && matches(spec.podSelector, pod.labels),
  );
  if (selecting.length === 0) return true;
  return selecting.some(({ metadata, spec }) =>
    (direction === 'Ingress' ? (spec.ingress ?? []) : (spec.egress ?? [])).some((rule) => {
      const peers = direction === 'Ingress' ? rule.from : rule.to;
      return hasPort(rule, port) && (!peers || peers.some((peer) => isPeer(peer, metadata.namespace, other)));
    }),
  );
}

const hasPort = ({ ports }: Rule, port: number): boolean =>
  !ports ||
  ports.some(
    ({ protocol = 'TCP', port: first = 0, endPort }) => protocol === 'TCP' && port >= first && port <= (endPort ?? (first || 65535)),
  );

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, namespace: string, other: Endpoint): boolean {
  if ('address' in other)
    return ipBlock !== undefined && contains([ipBlock.cidr], other.address) && !contains(ipBlock.except ?? [], other.address);
  if (ipBlock) return false; // pods' addresses lie in private ranges, which are checked as addresses
  const inNamespace = namespaceSelector
    ? matches(namespaceSelector, { 'kubernetes.io/metadata.name': other.namespace })
    : namespace === other.namespace;
  return inNamespace && matches(podSelector ?? {}, other.labels);
}

function contains(ranges: string[], address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    // Not across families: ::/0 is not meant to hold the IPv4 addresses that are mapped into it.
    if (isIPv6(network) === isIPv6(address)) list.addSubnet(network, Number(prefix), family);
  }
  return list.check(address, family);
}

function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}
