import { until } from '@taskflow/testing/until';
import { expect, inject, it } from 'vitest';
import { allReady, BACKEND, FRONTEND, kubectl, list, type Pod, type Resource } from './kubectl.ts';
import { newcomer, product } from './product.ts';

const OVERLAY = 'k8s/overlays/dev';
const KINDS =
  'deployments,statefulsets,jobs,services,configmaps,secrets,serviceaccounts,networkpolicies,poddisruptionbudgets,resourcequotas,limitranges,roles,rolebindings';

const everyPod = async (): Promise<Pod[]> => [...(await list<Pod>('pods', BACKEND)), ...(await list<Pod>('pods', FRONTEND))];

async function expectNoRestart(): Promise<void> {
  const containers = (await everyPod()).flatMap(({ metadata, status }) =>
    [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(({ name, restartCount }) => ({
      name: `${metadata.name}/${name}`,
      restartCount,
    })),
  );
  expect(containers.length).toBeGreaterThan(20);
  expect(containers.filter(({ restartCount }) => restartCount > 0)).toEqual([]);
}

async function expectToAnswer(): Promise<void> {
  const page = await fetch(product.url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('TaskFlow');
  const health = await until(async () => {
    const answer = await fetch(`${product.gatewayUrl}/health`);
    return answer.ok ? answer : undefined;
  });
  expect(await health!.json()).toMatchObject({ status: 'ready' });
  const { person, project } = await newcomer();
  const task = await person.must<{ id: string }>('POST', `/tasks/projects/${project.id}/tasks`, { title: 'see it on the board' });
  expect(JSON.stringify(await person.must('GET', `/tasks/projects/${project.id}/board`))).toContain(task.id);
}

it('every pod became ready without a single restart, and the product answers', async () => {
  const steps = Object.entries(inject('steps')).map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`);
  if (steps.length > 0) console.log(`from nothing to ready: ${steps.join(', ')}`);
  await expectNoRestart();
  await expectToAnswer();
});

it('a second apply changes nothing', async () => {
  const versions = async () => {
    const all = [...(await list<Resource>(KINDS, BACKEND)), ...(await list<Resource>(KINDS, FRONTEND))];
    return Object.fromEntries(
      all.map(({ kind, metadata: { namespace, name, uid, generation = 0 } }) => [`${kind} ${namespace}/${name}`, { uid, generation }]),
    );
  };
  const before = await versions();
  await kubectl(['diff', '-k', OVERLAY]);
  await kubectl(['apply', '-k', OVERLAY]);
  expect(await versions()).toEqual(before);
  await expectNoRestart();
});

it.each([
  ['frontend', 'backend'],
  ['backend', 'frontend'],
])('works when the %s is applied first, the %s after it', async (first, second) => {
  await kubectl(['delete', 'namespace', BACKEND, FRONTEND]);
  for (const tier of [first, second]) await kubectl(['apply', '-k', OVERLAY, '-l', `tier=${tier}`]);
  await allReady();
  await expectNoRestart();
  await expectToAnswer();
});
