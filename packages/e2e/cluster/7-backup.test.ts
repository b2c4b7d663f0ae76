import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account, CreatedApiToken, CreatedInvitation, JoinedWorkspace } from '@taskflow/contracts/auth';
import type { StreamEvent } from '@taskflow/contracts/feed';
import type { FlowAnswer } from '@taskflow/contracts/metrics';
import type { InboxUpdate, Notification } from '@taskflow/contracts/notifications';
import type { Attachment, Comment, Task } from '@taskflow/contracts/tasks';
import { until } from '@taskflow/testing/until';
import type { Static } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStream } from '../src/event-stream.ts';
import { Person } from '../src/person.ts';
import { commandsBelow, shell } from './documented.ts';
import { allReady, BACKEND, kubectl } from './kubectl.ts';
import { createProject, newPerson, type Project, product } from './product.ts';

/** Two of one workspace, and a project of the first. */
interface Pair {
  person: Person;
  other: Person;
  project: Project;
}

async function pair(): Promise<Pair> {
  const [person, other] = [await newPerson(), await newPerson()];
  const [workspace] = (await person.must<Account>('GET', '/auth/me')).workspaces;
  const invitation = await person.must<Static<typeof CreatedInvitation>>('POST', `/auth/workspaces/${workspace?.id}/invitations`, {});
  await other.must<Static<typeof JoinedWorkspace>>('POST', '/auth/invitations/accept', { token: invitation.token });
  return { person, other, project: await createProject(person, workspace?.id) };
}

const assign = ({ person, other, project }: Pair): Promise<Task> =>
  person.must<Task>('POST', `/tasks/projects/${project.id}/tasks`, { title: 'Written meanwhile', assigneeIds: [other.id] });

interface List<T> {
  items: T[];
}

describe('a restore into an empty server, to a state older than what people saw', () => {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-backup-'));
  const inFolder = (commands: string) => shell(commands, { folder, timeout: 600_000, show: true });
  const key = randomUUID();
  let ana: Person;
  let ben: Person;
  let project: Project;
  /** writes while the backup is made */
  let writer: Pair;
  let written = 0;
  let token: string;
  let tasks: Task[];
  let attachment: Attachment;
  let firstAnswer: Task;
  let later: Task;
  let laterAnswer: Task;
  /** signed out after the backup was made */
  let signedOut: Person;
  let before: Record<string, unknown>;
  const laterKey = randomUUID();
  const streams: EventStream[] = [];

  const createTask = (title: string, headers = {}) =>
    ana.must<Task>('POST', `/tasks/projects/${project.id}/tasks`, { title, assigneeIds: [ben.id] }, headers);
  const comment = (task: Task, body: string) => ana.must<Comment>('POST', `/tasks/${task.id}/comments`, { body });
  const mention = async (task: Task, words: string) => {
    await comment(task, `@${ben.handle} ${words}`);
    return until(async () => (await inbox()).find(({ excerpt }) => excerpt?.includes(words)), { ms: 30_000, what: 'the mention' });
  };
  const inbox = async () => (await ben.must<List<Notification>>('GET', '/notifications/inbox?limit=100')).items;
  const flow = async () => ana.must<Static<typeof FlowAnswer>>('GET', `/metrics/projects/${project.id}/flow`);
  const counted = async () => (await flow()).cumulativeFlow.categories.todo.at(-1);

  async function attached(): Promise<string> {
    const path = `/tasks/${attachment.taskId}/attachments/${attachment.id}`;
    const answer = await fetch(`${product.gatewayUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return createHash('sha256')
      .update(Buffer.from(await answer.arrayBuffer()))
      .digest('hex');
  }

  /** All that the API says about what was made here, by who asks and what for. */
  async function world(): Promise<Record<string, unknown>> {
    const { workspaceId } = project;
    const found: Record<string, unknown> = {};
    const look = async (person: Person, path: string) => {
      found[`${person.handle} ${path}`] = await person.must('GET', path);
    };
    for (const person of [ana, ben]) {
      for (const path of ['/auth/me', '/auth/workspaces', '/notifications/inbox?limit=100', '/notifications/preferences'])
        await look(person, path);
    }
    for (const path of [
      `/auth/workspaces/${workspaceId}/members`,
      `/auth/workspaces/${workspaceId}/invitations`,
      '/tasks/projects',
      `/tasks/projects/${project.id}`,
      `/tasks/projects/${project.id}/board`,
      `/tasks/projects/${project.id}/tasks?limit=100`,
      `/tasks/projects/${project.id}/activity`,
      `/tasks/labels?workspaceId=${workspaceId}`,
      `/tasks/search?q=${encodeURIComponent('gasket is:open')}`,
      `/notifications/webhooks?workspaceId=${workspaceId}`,
      ...tasks.flatMap(({ id }) => ['', '/comments', '/activity', '/relations', '/attachments'].map((part) => `/tasks/${id}${part}`)),
    ])
      await look(ana, path);
    const { days, cumulativeFlow, throughput } = await flow();
    const { items } = await ana.must<List<Static<typeof CreatedApiToken>>>('GET', '/auth/tokens');
    const tokens = items.map(({ lastUsedAt: _, lastUsedAddress: __, ...rest }) => rest);
    return { ...found, flow: { days, cumulativeFlow, throughput }, tokens, attached: await attached() };
  }

  beforeAll(async () => {
    writer = await pair();
    ({ person: ana, other: ben, project } = await pair());
    ({ token } = await ana.must<Static<typeof CreatedApiToken>>('POST', '/auth/tokens', { name: 'backup', scopes: ['read', 'write'] }));
    const label = await ana.must<{ id: string }>('POST', '/tasks/labels', {
      name: 'bug',
      color: '#2f80ed',
      workspaceId: project.workspaceId,
    });
    tasks = [];
    for (const title of ['Replace the gasket', 'Order another gasket', 'Tell everybody']) tasks.push(await createTask(title));
    const [gasket, order] = tasks as [Task, Task, Task];
    await ana.must(
      'PATCH',
      `/tasks/${gasket.id}`,
      { description: '**Urgent**', labelIds: [label.id], priority: 'high' },
      { 'if-match': `"${gasket.version}"` },
    );
    await ana.must('POST', `/tasks/${order.id}/move`, { columnId: project.columns[1]!.id }, { 'if-match': `"${order.version}"` });
    await ana.must('POST', `/tasks/${gasket.id}/relations`, { type: 'blocks', taskId: order.id });
    await ana.must('POST', '/notifications/webhooks', {
      workspaceId: project.workspaceId,
      name: 'Mirror',
      url: 'https://hooks.example.org/taskflow',
      eventTypes: ['task.deleted'],
    });
    const upload = await fetch(`${product.gatewayUrl}/tasks/${gasket.id}/attachments?name=plan.bin`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: randomBytes(600_000),
    });
    expect(upload.status).toBe(201);
    attachment = (await upload.json()) as Attachment;
    firstAnswer = await createTask('With a key', { 'idempotency-key': key });
    tasks.push(firstAnswer);
    await mention(gasket, 'please look'); // the last event: notifications has the others
    await until(async () => (await counted()) === tasks.length - 1, { ms: 30_000, what: 'all events at metrics' });
    signedOut = new Person(product, ana.email, ana.credentials.password);
    await signedOut.signIn();
    streams.push(ben.stream('/tasks/stream'), ben.stream('/notifications/stream'));
    await Promise.all(streams.map((stream) => stream.connected()));
    before = await world();
    expect(before.attached).toBe(attachment.sha256);
  });
  afterAll(async () => {
    await Promise.all(streams.map((stream) => stream.close()));
    await allReady();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is backed up by the documented commands while people write; the Secrets of it can be applied', async () => {
    let backingUp = true;
    const writing = (async () => {
      for (; backingUp; written++) await assign(writer);
    })();
    for (const commands of commandsBelow('operations.md', 'Back up')) await inFolder(commands);
    backingUp = false;
    await writing;
    expect(await shell('cat backup/audit.txt', { folder })).toMatch(/^intact: \d+ records/);
    for (const namespace of [BACKEND, 'taskflow-frontend'])
      expect(await kubectl(['apply', '--dry-run=server', '-f', `${folder}/backup/secrets-${namespace}.yaml`])).toMatch(
        /^secret\/api-keys /m,
      );
  });

  it('people go on, and see what the backup does not have', async () => {
    later = await createTask('After the backup');
    await mention(later, 'have you seen this');
    laterAnswer = await createTask('With another key', { 'idempotency-key': laterKey });
    await streams[0]!.find(({ data }) => (data as StreamEvent).task?.id === laterAnswer.id);
    await streams[1]!.find(({ data }) => (data as InboxUpdate).items?.some(({ taskId }) => taskId === laterAnswer.id) ?? false);
    await ana.must('DELETE', '/auth/sessions'); // all others
    await until(async () => (await signedOut.call('GET', '/auth/me')).status === 401, { what: 'the end of the session' });
  });

  it('is restored by the documented commands, and everything is as it was', async () => {
    const begin = performance.now();
    const [restore] = commandsBelow('operations.md', 'Restore') as [string];
    await inFolder(restore);
    console.log(`restored within ${((performance.now() - begin) / 1000).toFixed(0)} s`);
    await allReady();
    await until(async () => (await ana.call('GET', '/auth/me')).status === 200, { ms: 60_000 });
    const after = await world();
    for (const [what, answer] of Object.entries(before)) expect(after[what], what).toEqual(answer);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect((await ana.call('GET', `/tasks/${later.id}`)).status).toBe(404);
    expect(await kubectl(['logs', '-n', BACKEND, 'deployment/notifications'])).not.toContain('could not be sealed anew');
  });

  it('of what was written during the backup, nothing that tasks has is missing elsewhere, and nothing is there twice', async () => {
    const { items } = await writer.person.must<List<Task>>('GET', `/tasks/projects/${writer.project.id}/tasks?limit=200`);
    expect(items.length).toBeLessThanOrEqual(written);
    const assigned = async () =>
      (await writer.other.must<List<Notification>>('GET', '/notifications/inbox?reason=assigned&limit=200')).items.map(
        ({ taskId }) => taskId,
      );
    await until(async () => (await assigned()).length >= items.length, { ms: 30_000, what: 'what was delivered once more' });
    const found = await assigned();
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(items.map(({ id }) => id)));
    console.log(`written during the backup: ${written}; in tasks ${items.length}, in the inbox ${found.length}`);
  });

  it('streams are told to load anew, then hear of what comes', async () => {
    for (const stream of streams) await stream.find(({ type }) => type === 'reset', 60_000);
    const heard = streams.map(({ events }) => events.findIndex(({ type }) => type === 'reset'));
    const task = await createTask('After the restore');
    await streams[0]!.find(({ data }) => (data as StreamEvent).task?.id === task.id);
    await mention(task, 'it works again');
    const mentioned = ({ excerpt }: Notification) => excerpt?.includes('it works again') ?? false;
    await streams[1]!.find(({ data }) => (data as InboxUpdate).items?.some(mentioned) ?? false);
    // The same change came once, and nothing from before came again.
    const changes = streams[0]!.events.slice(heard[0]! + 1).map(({ data }) => data as StreamEvent);
    expect(changes.map(({ type }) => type)).toEqual(['task.created', 'comment.created']);
    expect((await inbox()).filter(mentioned)).toHaveLength(1);
    await until(async () => (await counted()) === tasks.length, { ms: 30_000, what: 'the new task in the metrics' });
  });

  it('an idempotency key from before the backup is still known; what came after it is made again', async () => {
    expect(await createTask('With a key', { 'idempotency-key': key })).toEqual(firstAnswer);
    const again = await createTask('With another key', { 'idempotency-key': laterKey });
    expect(again.id).not.toBe(laterAnswer.id);
    expect((await ana.call('GET', `/tasks/${again.id}`)).status).toBe(200);
  });

  it('the audit log is verified, contains what it did at the backup, and goes on', async () => {
    const [verify, contains] = commandsBelow('operations.md', 'Verify the audit log') as [string, string];
    const sizeOf = (text: string) => Number(/^intact: (\d+) records/.exec(text)?.[1]);
    const restored = sizeOf(await shell(contains, { folder }));
    await newPerson();
    await until(async () => sizeOf(await shell(verify)) > restored, { ms: 30_000, every: 1000, what: 'another record' });
  });

  it('sessions that were ended since the backup are open again, until all are ended by the documented command', async () => {
    expect((await signedOut.call('GET', '/auth/me')).status).toBe(200);
    await shell(commandsBelow('operations.md', 'Restore')[1] as string);
    expect((await signedOut.call('GET', '/auth/me')).status).toBe(401);
    expect((await ana.call('GET', '/auth/me')).status).toBe(401);
    await ana.signIn();
    expect((await ana.call('GET', `/tasks/${tasks[0]!.id}`)).status).toBe(200);
  });
});
