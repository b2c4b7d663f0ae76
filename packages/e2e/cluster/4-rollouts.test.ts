import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allReady, kubectl, list, namespaceOf, type Pod, pods, type Resource } from './kubectl.ts';
import { type Load, type LoadReport, startLoad } from './load.ts';
import { Memory } from './memory.ts';
import { newcomer } from './product.ts';

const DEPLOYMENTS = ['frontend', 'gateway', 'auth', 'tasks', 'notifications', 'metrics'];

let load: Load;
let report: LoadReport | undefined;
const memory = new Memory();

beforeAll(async () => {
  await allReady();
  load = await startLoad({ rate: 50, streams: 10 });
  memory.watch();
});

afterAll(async () => {
  memory.stop();
  if (!report) await load?.stop();
});

/** Does something to the cluster under the load, which must not notice. */
async function unnoticed(what: string, work: () => Promise<unknown>): Promise<void> {
  const { seconds, requests, failures, latency, reconnects } = await load.during(what, work);
  console.log(
    `${what}: ${seconds.toFixed(0)} s, ${requests} requests, ${failures.length} failed, p50 ${latency.p50} ms, p99 ${latency.p99} ms, ${reconnects} streams opened again`,
  );
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(seconds * 25); // the load went on
}

describe.each(DEPLOYMENTS)('%s', (app) => {
  it('is updated', async () => {
    await unnoticed(`update of ${app}`, async () => {
      await kubectl(['rollout', 'restart', '-n', namespaceOf(app), `deployment/${app}`]);
      await kubectl(['rollout', 'status', '-n', namespaceOf(app), `deployment/${app}`, '--timeout=180s']);
      await allReady();
    });
  });

  it('loses both of its pods, one deleted, the other evicted as by a drain', async () => {
    const [first, second] = await pods(app);
    await unnoticed(`loss of the pods of ${app}`, async () => {
      await kubectl(['delete', 'pod', '-n', namespaceOf(app), first!.metadata.name, '--wait=false']);
      // Nobody may take the other before the first is back; kubectl drain asks again until it may.
      await expect(evict(second!)).rejects.toThrow(/disruption budget/);
      await allReady();
      await evict(second!);
      await allReady();
    });
  });
});

/** What `kubectl drain` does with a pod. A single node cannot be drained: nothing else could take its pods. */
function evict({ metadata: { namespace, name } }: Pod): Promise<string> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
  return kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, '-f', '-'], {
    input: JSON.stringify(eviction),
  });
}

it('a node is drained, where there are several', async (context) => {
  const nodes = (await list<Resource & { spec: { taints?: object[] } }>('nodes')).filter(({ spec }) => !spec.taints);
  if (nodes.length < 2) context.skip('one node only: its pods were evicted one by one above');
  const { name } = nodes[0]!.metadata;
  try {
    await unnoticed(`drain of ${name}`, async () => {
      await kubectl([
        'drain',
        name,
        '--ignore-daemonsets',
        '--delete-emptydir-data',
        '--pod-selector=tier,app!=postgres',
        '--timeout=280s',
      ]);
      await allReady();
    });
  } finally {
    await kubectl(['uncordon', name]);
  }
});

it('the streams missed nothing and got nothing twice', async () => {
  report = await load.stop();
  for (const { stream, expected, connections } of report.streams)
    console.log(`${stream}: ${expected} events over ${connections} connections`);
  for (const { stream, expected, missing, doubled, unexpected } of report.streams) {
    expect({ stream, missing, doubled, unexpected }).toEqual({ stream, missing: [], doubled: [], unexpected: [] });
    expect(expected).toBeGreaterThan(10);
  }
  expect(report.failures).toEqual([]);
  // All gateways were replaced, so every stream had to resume.
  expect(Math.min(...report.streams.map(({ connections }) => connections))).toBeGreaterThan(1);
});

it('the memory limits were sufficient', async () => {
  const peaks = await memory.peaks();
  console.log(peaks.map(({ container, peak, limit }) => `${container}: ${peak} of ${limit} MiB`).join('\n'));
  expect(peaks.length).toBeGreaterThanOrEqual(9);
  expect(peaks.filter(({ peak, limit }) => peak > 0.9 * limit)).toEqual([]);
});

it('the product is as it was', async () => {
  const { person, project } = await newcomer();
  await person.must('POST', `/tasks/projects/${project.id}/tasks`, { title: 'after all that' });
});
