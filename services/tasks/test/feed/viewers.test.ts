import { randomUUID } from 'node:crypto';
import type { ViewingEvent } from '@taskflow/contracts/feed';
import { until } from '@taskflow/testing/until';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Viewers } from '../../src/feed/viewers.ts';
import { type Person, tasksService } from '../harness.ts';
import { type EventSource, openEventSource } from './event-source.ts';

const { server, replica, person } = await tasksService();
const other = await replica();
const workspace = randomUUID();
const ana = await person({ [workspace]: 'member' });
const ben = await person({ [workspace]: 'member' });
const open: EventSource[] = [];

afterEach(() => {
  for (const source of open.splice(0)) source.close();
});

async function listen(who: Person, at = server, query = ''): Promise<EventSource> {
  const source = await openEventSource(`${at.url}/tasks/stream${query}`, { authorization: `Bearer ${who.token}` });
  open.push(source);
  await until(() => source.lastEventId, { every: 2, what: 'the first position' });
  return source;
}

const seen = (source: EventSource) => source.messages.filter(({ event }) => event === 'viewing').map(({ data }) => data.userIds);
const view = (who: Person, taskId: string, client: string, viewing = true) =>
  who.call<{ userIds: string[] }>('PUT', `/tasks/${taskId}/viewing`, { client, viewing });

// A replica is ready before it listens: what nobody is told for lack of listening, people say again.
beforeAll(async () => {
  const task = await ana.task((await ana.project()).id);
  const sources = [await listen(ana), await listen(ana, other)];
  await until(async () => {
    await view(ana, task.id, randomUUID());
    await view(ben, task.id, randomUUID());
    return sources.every((source) => seen(source).length > 0);
  });
});

describe('PUT /tasks/:id/viewing', () => {
  it('tells whoever sees the task, on every replica, who comes and who goes', async () => {
    const project = await ana.project();
    const task = await ana.task(project.id);
    const [near, far] = [await listen(ana), await listen(ben, other)];
    const client = randomUUID();
    expect((await view(ana, task.id, client)).body).toEqual({ userIds: [ana.userId] });
    const both = [ana.userId, ben.userId].sort();
    expect((await view(ben, task.id, randomUUID())).body).toEqual({ userIds: both });
    await view(ana, task.id, client); // still there: nothing new
    await view(ana, task.id, client, false);
    const all = [[ana.userId], both, [ben.userId]];
    for (const source of [near, far]) {
      await until(() => seen(source).length === 3, { what: `three changes in ${JSON.stringify(seen(source))}` });
      expect(seen(source)).toEqual(all);
    }
    expect(near.messages.at(-1)).toMatchObject({ data: { taskId: task.id, projectId: project.id } });
  });

  it('counts a person with two windows once, and a window in one task at a time', async () => {
    const project = await ana.project();
    const [one, two] = [await ana.task(project.id), await ana.task(project.id)];
    const source = await listen(ben, server, `?project=${project.id}`);
    const [left, right] = [randomUUID(), randomUUID()];
    await view(ana, one.id, left);
    await view(ana, one.id, right);
    await view(ana, two.id, right);
    await view(ana, two.id, left);
    const events = () => source.messages.filter(({ event }) => event === 'viewing').map(({ data }) => data as unknown as ViewingEvent);
    await until(() => events().length === 3, { what: 'comes, comes to the other, goes from the first' });
    expect(events().map(({ taskId, userIds }) => [taskId, userIds.length])).toEqual([
      [one.id, 1],
      [two.id, 1],
      [one.id, 0],
    ]);
  });

  it('tells nobody who may not see the project, and nobody of other projects who asked for one', async () => {
    const [secret, shown] = [await ana.project({ private: true }), await ana.project()];
    const [hidden, visible] = [await ana.task(secret.id), await ana.task(shown.id)];
    const [bens, ofOne] = [await listen(ben), await listen(ana, server, `?project=${secret.id}`)];
    await view(ana, hidden.id, randomUUID());
    await view(ana, visible.id, randomUUID());
    await until(() => seen(bens).length === 1 && seen(ofOne).length === 1);
    expect(bens.messages.at(-1)).toMatchObject({ data: { taskId: visible.id } });
    expect(ofOne.messages.at(-1)).toMatchObject({ data: { taskId: hidden.id } });
  });

  it('400 for a body of another form', async () => {
    const task = await ana.task((await ana.project()).id);
    for (const body of [{}, { client: 'mine', viewing: true }, { client: randomUUID(), viewing: true, userId: ben.userId }]) {
      expect((await ana.call('PUT', `/tasks/${task.id}/viewing`, body)).status).toBe(400);
    }
  });
});

describe('Viewers', () => {
  const viewing = { taskId: 'task', projectId: 'project', workspaceId: 'workspace', userId: 'ana', client: 'one', viewing: true };

  it('forget a client that is not heard of', async () => {
    const viewers = new Viewers(() => {});
    viewers.hear(viewing, Date.now() - 60_000);
    expect(viewers.of('task')).toEqual(['ana']);
    viewers.hear({ ...viewing, userId: 'ben' });
    viewers.sweep();
    expect(viewers.of('task')).toEqual(['ben']);
  });

  it('keep twenty clients of a person, those heard of last', () => {
    const viewers = new Viewers(() => {});
    for (let client = 0; client < 30; client++) viewers.hear({ ...viewing, taskId: `task ${client}`, client: `${client}` });
    expect(viewers.of('task 9')).toEqual([]);
    expect(viewers.of('task 10')).toEqual(['ana']);
  });
});
