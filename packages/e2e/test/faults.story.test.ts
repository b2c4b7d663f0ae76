import type { CreatedInvitation, JoinedWorkspace } from '@taskflow/contracts/auth';
import type { StreamEvent } from '@taskflow/contracts/feed';
import type { InboxPage, Notification } from '@taskflow/contracts/notifications';
import type { Comment, Project, Task, TaskPage } from '@taskflow/contracts/tasks';
import { type ServiceName, services } from '@taskflow/local/services';
import { until } from '@taskflow/testing/until';
import type { Static } from 'typebox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReceivedEvent } from '../src/event-stream.ts';
import type { Person } from '../src/person.ts';
import { seededRandom } from '../src/random.ts';
import { verifyAuditLog } from '../src/verify-audit-log.ts';
import { World } from '../src/world.ts';

const WRITES = 2000;
const WORKERS = 8;
/** Every so many writes one is a comment that mentions Ben. */
const MENTION_EVERY = 20;
const SEED = Number(process.env.SEED ?? 20261124);

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

it(`loses and doubles nothing while every process is killed at random points of ${WRITES} writes (SEED=${SEED})`, async () => {
  const ana = await world.person('Ana');
  const ben = await world.person('Ben');
  const project = await share(ana, ben);
  await ana.must('POST', '/notifications/webhooks', { workspaceId: project.workspaceId, name: 'receiver', url: world.webhookUrl });
  const streams = [ana.stream('/tasks/stream'), ben.stream('/tasks/stream')];
  await Promise.all(streams.map((stream) => stream.connected()));

  const { tasks, comments } = await writeWhileKilling(ana, ben, project);

  // Everything recovers by itself.
  await until(async () => (await ana.call('GET', '/health')).status === 200, { ms: 30_000, what: 'recovery' });

  // No acknowledged write is lost, and none was made twice.
  const kept = await allTasks(ana, project.id);
  expect(kept.map(({ id }) => id).sort()).toEqual(tasks.map(({ id }) => id).sort());
  expect(kept.map(({ humanId }) => Number(humanId.split('-')[1])).sort((a, b) => a - b)).toEqual(tasks.map((_, index) => index + 1));

  // No event is missing or doubled, for either of the two who watch.
  for (const stream of streams) {
    const created = () => stream.events.filter(({ data }) => (data as StreamEvent).type === 'task.created');
    await until(() => created().length >= tasks.length, { ms: 30_000, what: 'all events' });
    expect(taskIds(created())).toEqual(tasks.map(({ id }) => id).sort());
    expect(new Set(stream.events.map(({ id }) => id)).size).toBe(stream.events.length);
  }

  // Each mention reached Ben once in his inbox, and by e-mail and webhook under one identity.
  const mentions = await until(
    async () => {
      const found = await allMentions(ben);
      return found.length >= comments.length && found;
    },
    { ms: 60_000, what: 'all mentions in the inbox' },
  );
  expect(mentions).toHaveLength(comments.length);
  await until(() => mailsTo(ben) >= comments.length, { ms: 60_000, what: 'all e-mails' });
  expect(mailsTo(ben)).toBe(comments.length);
  const calls = (type: string) => new Set(world.webhookCalls.filter(({ body }) => body.type === type).map(({ id }) => id)).size;
  await until(() => calls('comment.created') >= comments.length && calls('task.created') >= tasks.length, {
    ms: 60_000,
    what: 'all webhook calls',
  });
  expect({ comments: calls('comment.created'), tasks: calls('task.created') }).toEqual({ comments: comments.length, tasks: tasks.length });

  await verifyAuditLog(world.system);
  await Promise.all(streams.map((stream) => stream.close()));
}, 280_000);

/** A project in Ana's workspace, where Ben is a member now. */
async function share(ana: Person, ben: Person): Promise<Project> {
  const project = await ana.must<Project>('POST', '/tasks/projects', { key: 'ENG', name: 'Engineering' });
  const invitation = await ana.must<Static<typeof CreatedInvitation>>('POST', `/auth/workspaces/${project.workspaceId}/invitations`, {});
  await ben.must<Static<typeof JoinedWorkspace>>('POST', '/auth/invitations/accept', { token: invitation.token });
  return project;
}

/** Makes all writes with several workers; at seeded points of the work one process after the other gets SIGKILL. */
async function writeWhileKilling(ana: Person, ben: Person, project: Project) {
  const random = seededRandom(SEED);
  const victims: Array<ServiceName | 'database'> = [...services.map(({ name }) => name), 'database'];
  const kills = new Map(victims.map((name, index) => [Math.floor(((index + random()) / victims.length) * WRITES * 0.9), name]));
  const tasks: Task[] = [];
  const comments: Comment[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < WRITES; index = next++) {
      const victim = kills.get(index);
      if (victim) process.kill(world.system.pid(victim) as number, 'SIGKILL');
      const last = tasks.at(-1);
      if (index % MENTION_EVERY === MENTION_EVERY - 1 && last) {
        const reply = await ana.insist<Comment>(`/tasks/${last.id}/comments`, { body: `@${ben.handle} please look (${index})` });
        expect(reply).toMatchObject({ status: 201 });
        comments.push(reply.body);
      } else {
        const reply = await ana.insist<Task>(`/tasks/projects/${project.id}/tasks`, { title: `Write ${index}` });
        expect(reply).toMatchObject({ status: 201 });
        tasks.push(reply.body);
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return { tasks, comments };
}

async function allTasks(person: Person, projectId: string): Promise<Task[]> {
  const tasks: Task[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Static<typeof TaskPage> = await person.must(
      'GET',
      `/tasks/projects/${projectId}/tasks?limit=200${cursor && `&cursor=${cursor}`}`,
    );
    tasks.push(...page.items);
    cursor = page.nextCursor;
  }
  return tasks;
}

async function allMentions(person: Person): Promise<Notification[]> {
  const mentions: Notification[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Static<typeof InboxPage> = await person.must(
      'GET',
      `/notifications/inbox?reason=mentioned&limit=200${cursor && `&cursor=${cursor}`}`,
    );
    mentions.push(...page.items);
    cursor = page.nextCursor;
  }
  return mentions;
}

const taskIds = (events: ReceivedEvent[]): string[] => events.map(({ data }) => (data as StreamEvent).taskId as string).sort();

/** How many different e-mails have come for this person (a crash between the server's 250 and our commit may repeat one). */
const mailsTo = (person: Person): number =>
  new Set(world.mails.filter(({ to }) => to.includes(person.email)).map(({ messageId }) => messageId)).size;
