import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@taskflow/testing/until';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../src/person.ts';
import { root, run } from './command.ts';
import { commandsBelow, shell } from './documented.ts';
import { evaluate } from './inside.ts';
import { BACKEND, FRONTEND, kubectl, list, type Pod, pods } from './kubectl.ts';
import { startLoad } from './load.ts';
import { newPerson, product } from './product.ts';

const DATABASES = ['auth', 'audit', 'tasks', 'notifications', 'metrics'];

async function secret(namespace: string, name: string): Promise<Record<string, string>> {
  const { data } = JSON.parse(await kubectl(['get', 'secret', '-n', namespace, name, '-o', 'json']));
  return Object.fromEntries(Object.entries<string>(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** All that is rotated, by the names of the files that processes read. */
async function readSecrets() {
  const [apiKeys, auth, setup] = [
    await secret(BACKEND, 'api-keys'),
    await secret(BACKEND, 'auth-secrets'),
    await secret(BACKEND, 'database-setup'),
  ];
  const addresses: Record<string, string> = { auth: auth['database-url']!, audit: auth['audit-database-url']! };
  for (const name of ['tasks', 'notifications', 'metrics']) addresses[name] = (await secret(BACKEND, `${name}-secrets`))['database-url']!;
  return {
    apiKeys: { ...apiKeys, 'audit-api-key': auth['audit-api-key'] } as Record<string, string>,
    frontendKey: (await secret(FRONTEND, 'api-keys'))['gateway-api-key'],
    addresses,
    setup,
    keys: JSON.parse(auth['jwt-secret']!).keys as Array<{ kid: string }>,
    checkpointKeys: JSON.parse(auth['audit-signing-key']!).keys as Array<{ x: string; d?: string }>,
    linkKeys: (await secret(BACKEND, 'notifications-secrets'))['notifications-signing-key']!.split('\n'),
  };
}

/** Which containers run, and how often they were started. */
async function running(): Promise<string[]> {
  const all = [...(await list<Pod>('pods', BACKEND, 'pod-template-hash')), ...(await list<Pod>('pods', FRONTEND, 'pod-template-hash'))];
  const postgres = await list<Pod>('pods', BACKEND, 'app=postgres');
  return [...all, ...postgres]
    .flatMap(({ metadata, status }) =>
      [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(
        ({ name, containerID, restartCount }) => `${metadata.name} ${name} ${containerID} ${restartCount}`,
      ),
    )
    .sort();
}

/** An access token as API clients have it: not exchanged by the gateway, and good until it ends. */
async function accessToken(person: Person): Promise<string> {
  const body = JSON.stringify(person.credentials);
  const answer = await fetch(`${product.gatewayUrl}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { accessToken: string }).accessToken;
}
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString()).kid;
const statusOf = async (path: string, token: string) =>
  (await fetch(`${product.gatewayUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

/** The status of a request between two services, as made from where it is allowed. */
async function internal(from: [app: string, container: string], url: string, key: string, body?: object): Promise<number> {
  const [pod] = await pods(from[0]);
  const init = {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  };
  return Number(
    await evaluate(pod!, from[1], `fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(({ status }) => console.log(status))`),
  );
}
const CALLS: Record<string, (key: string) => Promise<number>> = {
  'gateway-api-key at auth': (key) => internal(['gateway', 'gateway'], 'http://auth-svc.taskflow-backend:5000/internal/revocations', key),
  'gateway-api-key at metrics': (key) =>
    internal(['gateway', 'gateway'], 'http://metrics-svc.taskflow-backend:5001/internal/requests', key, {}),
  'tasks-api-key at auth': (key) => internal(['tasks', 'tasks'], 'http://auth-svc:5000/internal/users?ids=', key),
  'tasks-api-key at metrics': (key) => internal(['tasks', 'tasks'], 'http://metrics-svc:5001/internal/events', key, {}),
  'notifications-api-key at notifications': (key) => internal(['tasks', 'tasks'], 'http://notifications-svc:3001/internal/events', key, {}),
  'audit-api-key at the audit sidecar': (key) => internal(['auth', 'audit-sidecar'], 'http://127.0.0.1:9090/checkpoint', key),
};

/** Whether PostgreSQL lets a role in over TCP with the password of an address. */
async function logsIn(address: string): Promise<boolean> {
  const { username, password, pathname } = new URL(address);
  const login = ['env', `PGPASSWORD=${password}`, 'psql', '-h', '127.0.0.1', '-U', username, '-d', pathname.slice(1), '-c', 'select 1'];
  const failure = await kubectl(['exec', '-n', BACKEND, 'postgres-0', '--', ...login]).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(failure === '' || failure.includes('password authentication failed'), failure).toBe(true);
  return failure === '';
}

describe('all secrets at once, under load', () => {
  let before: Awaited<ReturnType<typeof readSecrets>>;
  let after: Awaited<ReturnType<typeof readSecrets>>;
  let person: Person;
  let [old, young] = ['', ''];

  beforeAll(async () => {
    person = await newPerson();
    old = await accessToken(person);
    before = await readSecrets();
  });

  it('no request fails, no event is missed, nothing is restarted', async () => {
    const containers = await running();
    const [rotateOne, status] = commandsBelow('operations.md', 'Rotate a secret') as [string, string];
    expect(rotateOne).toBe('node k8s/rotate.mjs tasks-api-key\n');
    const usage = await shell('node k8s/rotate.mjs').catch(({ message }: Error) => message);
    const names = /^names: (.*)$/m.exec(usage)?.[1];
    const load = await startLoad();
    const rotation = await load.during('rotation', () => shell(`node k8s/rotate.mjs ${names}`, { show: true }));
    after = await readSecrets();
    // Some seconds more, in which connections made before and after are used side by side.
    const [said] = await Promise.all([shell(status), pause(10_000)]);
    const whole = await load.stop();
    console.log(`rotation: ${rotation.seconds.toFixed(0)} s, ${rotation.requests} requests, latency ${JSON.stringify(rotation.latency)}`);
    expect(said).toMatch(
      /^notifications-api-key \w{4}\n {2}tasks in tasks-\S+: has it\n {2}tasks in tasks-\S+: has it\n {2}notifications in/m,
    );
    expect(said.match(/: (?!has it).*$/gm)).toBeNull();
    expect(rotation.failures).toEqual([]);
    expect(whole.failures).toEqual([]);
    expect(whole.streams.filter(({ missing, doubled, unexpected }) => missing.length + doubled.length + unexpected.length > 0)).toEqual([]);
    expect(await running()).toEqual(containers);
  });

  it('every secret is another one, and nothing old is left over but what is said to be', () => {
    for (const [name, key] of Object.entries(before.apiKeys)) {
      expect(after.apiKeys[name], name).toMatch(/^[\w-]{32}$/);
      expect(after.apiKeys[name], name).not.toBe(key);
    }
    expect(after.frontendKey).toBe(after.apiKeys['gateway-api-key']);
    expect(after.linkKeys).toEqual([expect.stringMatching(/^[\w-]{32}$/), before.linkKeys[0]]);
    expect(after.keys.slice(1).map(({ kid }) => kid)).toContain(before.keys[0]?.kid);
    const [{ d: _, ...retired }] = before.checkpointKeys as [{ x: string; d?: string }];
    expect(after.checkpointKeys[1]).toEqual(retired);
    expect(after.checkpointKeys.filter(({ d }) => d)).toHaveLength(1);
    expect(after.setup['postgres-password']).not.toBe(before.setup['postgres-password']);
  });

  it.each(Object.keys(CALLS))('%s: the new one is accepted, the old one refused', async (call) => {
    const [name] = call.split(' ') as [string];
    expect(await CALLS[call]!(before.apiKeys[name]!)).toBe(401);
    expect([200, 400]).toContain(await CALLS[call]!(after.apiKeys[name]!));
  });

  it.each(DATABASES)(
    'database of %s: the new password is accepted, the old one refused; a new server would get the new one',
    async (name) => {
      expect(await logsIn(before.addresses[name]!)).toBe(false);
      expect(await logsIn(after.addresses[name]!)).toBe(true);
      const [was, is] = [new URL(before.addresses[name]!), new URL(after.addresses[name]!)];
      expect(is.href.replace(is.password, was.password)).toBe(was.href);
      expect(after.setup['databases.sql']).toContain(`create role "${name}" login password '${is.password}'`);
      expect(after.setup['databases.sql']).not.toContain(was.password);
    },
  );

  it('tokens are signed by the new key; those of the old one are still good', async () => {
    young = await accessToken(person);
    expect(kidOf(young)).toBe(after.keys[0]?.kid);
    expect(kidOf(old)).toBe(before.keys[0]?.kid);
    for (const token of [old, young])
      for (const path of ['/auth/me', '/tasks/projects', '/notifications/inbox']) expect(await statusOf(path, token), path).toBe(200);
  });

  it('a leaked key is not dropped by mistake; dropped on purpose, its tokens end: at auth at once, and sessions go on', async () => {
    const refusal = await run('node', ['k8s/rotate.mjs', '--drop', 'jwt-secret']).catch(({ message }: Error) => message);
    expect(refusal).toContain('tokens of the old key are valid until');
    expect(await statusOf('/auth/me', old)).toBe(200);
    const leaked = commandsBelow('operations.md', 'Rotate a secret').at(-1) as string;
    expect(leaked.split('\n')[1]).toBe('node k8s/rotate.mjs --drop --force jwt-secret');
    await shell(leaked.split('\n')[1] as string);
    expect(await statusOf('/auth/me', old)).toBe(401);
    expect(await statusOf('/auth/me', young)).toBe(200);
    await until(async () => (await person.call('GET', '/auth/me')).status === 200, { what: 'a new token for the session' });
  });

  it('the audit log is intact, with checkpoints of the old key and of the new one', async () => {
    expect(await shell(commandsBelow('operations.md', 'Verify the audit log')[0] as string)).toMatch(/^intact: \d+ records/);
  });

  it('a run that was cut off is completed by starting it again', async () => {
    const names = ['notifications-api-key', 'notifications-database-password', 'jwt-secret'];
    const cutOff = spawn('node', ['k8s/rotate.mjs', ...names], { cwd: root });
    let said = '';
    cutOff.stdout.on('data', (text) => {
      said += text;
    });
    await until(() => said.includes('jwt-secret: step 1 of 2 is written'), { ms: 60_000 });
    cutOff.kill('SIGKILL');
    const between = await readSecrets();
    expect(between.apiKeys['notifications-api-key']!.split('\n')).toHaveLength(2);
    expect(between.addresses.notifications!.split('\n')).toHaveLength(2);
    await run('node', ['k8s/rotate.mjs', ...names]);
    const completed = await readSecrets();
    expect(completed.apiKeys['notifications-api-key']).toMatch(/^[\w-]{32}$/);
    expect(completed.addresses.notifications).toBe(between.addresses.notifications!.split('\n')[0]);
    expect(await logsIn(completed.addresses.notifications!)).toBe(true);
    expect(completed.keys[0]?.kid).toBe(between.keys[0]?.kid);
    await until(async () => kidOf(await accessToken(person)) === completed.keys[0]?.kid, { ms: 30_000, every: 3000 });
  });

  it('a secret that does not exist is refused, with those that do', async () => {
    await expect(run('node', ['k8s/rotate.mjs', 'no-such-key'])).rejects.toThrow(
      /there is no secret no-such-key; there are:\n {2}gateway-api-key/,
    );
  });
});
