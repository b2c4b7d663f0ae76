import { until } from '@taskflow/testing/until';
import { type CommandOptions, run } from './command.ts';

export const BACKEND = 'taskflow-backend';
export const FRONTEND = 'taskflow-frontend';

export const kubectl = (args: string[], options?: CommandOptions): Promise<string> => run('kubectl', args, options);

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    labels?: Record<string, string>;
    deletionTimestamp?: string;
  };
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  containerID: string;
  state: { terminated?: { reason: string; exitCode: number } };
  lastState: { terminated?: { reason: string; exitCode: number } };
}

interface Container {
  name: string;
  restartPolicy?: string;
  resources?: { limits?: { memory?: string } };
}

export interface Pod extends Resource {
  spec: { containers: Container[]; initContainers?: Container[] };
  status: {
    phase: string;
    podIP: string;
    conditions?: Array<{ type: string; status: string }>;
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

/** The resources of a kind, such as `pods` or `deployments,services`. */
export async function list<T extends Resource>(kinds: string, namespace?: string, selector?: string): Promise<T[]> {
  const where = namespace ? ['-n', namespace] : ['-A'];
  const answer = await kubectl(['get', kinds, ...where, ...(selector ? ['-l', selector] : []), '-o', 'json']);
  return JSON.parse(answer).items;
}

/** The pods of a process that are not on their way out. */
export async function pods(app: string): Promise<Pod[]> {
  const all = await list<Pod>('pods', namespaceOf(app), `app=${app},pod-template-hash`);
  return all.filter((pod) => !pod.metadata.deletionTimestamp);
}

export const namespaceOf = (app: string): string => (app === 'frontend' || app === 'gateway' ? FRONTEND : BACKEND);

export const isReady = (pod: Pod): boolean =>
  (pod.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');

/** Waits until every Deployment and StatefulSet of TaskFlow is rolled out and no pod is left that goes. */
export async function allReady(ms = 240_000): Promise<void> {
  await until(
    async () => {
      const workloads = [
        ...(await list<Workload>('deployments,statefulsets', BACKEND)),
        ...(await list<Workload>('deployments', FRONTEND)),
      ];
      const behind = workloads.filter(({ metadata, spec, status }) => {
        const { observedGeneration, replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
        return observedGeneration !== metadata.generation || [replicas, updatedReplicas, readyReplicas].some((n) => n !== spec.replicas);
      });
      if (workloads.length === 0 || behind.length > 0)
        throw new Error(`not ready: ${behind.map(({ metadata }) => metadata.name).join(', ') || 'nothing is deployed'}`);
      return true;
    },
    { ms, every: 500, what: 'every workload is ready' },
  );
}

interface Workload extends Resource {
  spec: { replicas: number };
  status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; readyReplicas?: number };
}
