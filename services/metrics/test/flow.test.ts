import { randomUUID } from 'node:crypto';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { FlowAnswer } from '@taskflow/contracts/metrics';
import { until } from '@taskflow/testing/until';
import { beforeAll, describe, expect, it } from 'vitest';
import { maySeeProject } from '../src/authorisation.ts';
import { startMetrics } from './metrics-service.ts';
import { type SimulatedProject, SimulatedTasks } from './simulated-tasks.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const today = () => new Date().toISOString().slice(0, 10);
const dayFromNow = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

let metrics: Awaited<ReturnType<typeof startMetrics>>;
beforeAll(async () => {
  metrics = await startMetrics();
});

async function send(world: SimulatedTasks): Promise<void> {
  for (const events = world.events.splice(0); events.length > 0; )
    expect((await metrics.postEvents(events.splice(0, 500))).status).toBe(204);
}
const path = ({ snapshot }: SimulatedProject, query = {}) => `/metrics/projects/${snapshot.id}/flow?${new URLSearchParams(query)}`;
const flowOf = (project: SimulatedProject, query = {}) =>
  metrics.read<FlowAnswer>(path(project, query), { workspaces: { [project.snapshot.workspaceId]: 'member' } });

/** A project in which so many tasks were completed on each of the past days, the last yesterday; each took six hours. */
async function projectWithThroughput(perDay: number[], more: (world: SimulatedTasks, project: SimulatedProject) => void = () => {}) {
  const world = new SimulatedTasks(Date.parse(today()) - perDay.length * DAY);
  const project = world.createProject();
  world.createTask(project);
  for (const [index, tasks] of perDay.entries()) {
    for (let count = 0; count < tasks; count++) {
      world.clock = Date.parse(today()) - (perDay.length - index) * DAY;
      const task = world.createTask(project);
      world.clock += 6 * HOUR;
      world.moveTask(project, task, 1);
      world.clock += 6 * HOUR;
      world.moveTask(project, task, 2);
    }
  }
  world.clock = Date.now();
  more(world, project);
  await send(world);
  return project;
}

describe('POST /internal/events', () => {
  it('400 for what is no event, 401 without the key of the tasks pod', async () => {
    expect((await metrics.postEvents([])).status).toBe(400);
    expect((await metrics.postEvents([{ id: randomUUID() }])).status).toBe(400);
    const world = new SimulatedTasks(Date.now());
    world.createProject();
    expect((await metrics.postEvents(world.events, 'gateway-key')).status).toBe(401);
  });

  it('204: a batch that comes twice at the same time counts once', async () => {
    const world = new SimulatedTasks(Date.now() - HOUR);
    const project = world.createProject();
    const task = world.createTask(project);
    world.moveTask(project, task, 1);
    world.moveTask(project, task, 2);
    const answers = await Promise.all([1, 2, 3, 4].map(() => metrics.postEvents(world.events)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect((await flowOf(project)).completed).toHaveLength(1);
  });

  it('204: replayed after their ids were forgotten, old events change nothing', async () => {
    const world = new SimulatedTasks(Date.now() - HOUR);
    const project = world.createProject();
    const task = world.createTask(project);
    world.clock += 60_000;
    world.moveTask(project, task, 1);
    world.clock += 60_000;
    world.moveTask(project, task, 2);
    const events = [...world.events];
    await send(world);
    const before = await flowOf(project);
    await metrics.sql`delete from events`;
    expect((await metrics.postEvents(events)).status).toBe(204);
    expect(await flowOf(project)).toEqual(before);
  });

  it('204: a change that carries an earlier time than the one before it does not lie before it', async () => {
    const world = new SimulatedTasks(Date.now() - DAY);
    const project = world.createProject();
    const task = world.createTask(project);
    world.clock += HOUR;
    world.moveTask(project, task, 1);
    const started = new Date(world.clock).toISOString();
    world.clock -= 1000;
    world.moveTask(project, task, 2);
    await send(world);
    expect((await flowOf(project)).completed).toMatchObject([{ doneAt: started, cycleSeconds: 0 }]);
  });

  it('204: a task whose project was never described is kept until it is', async () => {
    const world = new SimulatedTasks(Date.now() - HOUR);
    const project = world.createProject();
    const [described] = world.events.splice(0);
    world.createTask(project);
    await send(world);
    expect((await metrics.get(path(project), { workspaces: { [world.workspaceId]: 'owner' } })).status).toBe(404);
    await metrics.postEvents([described]);
    expect((await flowOf(project)).cumulativeFlow.categories.todo.at(-1)).toBe(1);
  });

  it('204: waits until another batch of the same project is applied', async () => {
    const world = new SimulatedTasks(Date.now());
    const project = world.createProject();
    let answer: Promise<Response> | undefined;
    await metrics.sql.begin(async (other) => {
      await other`select pg_advisory_xact_lock(5002, hashtext(${project.snapshot.id}))`;
      answer = metrics.postEvents(world.events);
      const waiting = () => other`
        select from pg_locks
        join pg_database on pg_database.oid = pg_locks.database
        where datname = current_database() and locktype = 'advisory' and classid = 5002 and not granted`;
      await until(async () => (await waiting()).count === 1, { what: 'waiting', ms: 4000 });
    });
    expect((await answer)?.status).toBe(204);
  });

  it('503 while an earlier delivery is still being applied, 204 when it was given up', async () => {
    const world = new SimulatedTasks(Date.now());
    const project = world.createProject();
    await metrics.sql
      .begin(async (earlier) => {
        await earlier`insert into events (id) values (${world.events[0]!.id})`;
        const response = await metrics.postEvents(world.events);
        expect(response.status).toBe(503);
        expect(response.headers.get('retry-after')).toBe('5');
        throw new Error('given up');
      })
      .catch(({ message }) => expect(message).toBe('given up'));
    await send(world);
    expect((await flowOf(project)).project.name).toBe('Engineering');
  });

  it('204: events without a project, and of comments', async () => {
    const world = new SimulatedTasks(Date.now());
    const project = world.createProject();
    const task = world.createTask(project);
    world.changeTask(project, task, {}, 'comment.created');
    world.events.push({ ...world.events[0]!, id: randomUUID(), type: 'label.created', projectId: null, project: undefined as never });
    await send(world);
    expect((await flowOf(project)).cumulativeFlow.categories.todo.at(-1)).toBe(1);
  });
});

describe('GET /metrics/projects/:id/flow', () => {
  it('200: figures of a small project', async () => {
    const project = await projectWithThroughput([1, 0, 2, 1, 0, 3, 1], (world, own) => {
      world.clock -= 2 * DAY;
      const old = world.createTask(own);
      world.moveTask(own, old, 1);
      world.clock += 2 * DAY - 1000;
      world.moveTask(own, world.createTask(own), 1);
    });
    const flow = await flowOf(project, { from: dayFromNow(-6), to: today() });
    expect(flow.throughput.days).toEqual([0, 2, 1, 0, 3, 1, 0]);
    expect(flow.throughput.weeks.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(7);
    // six and twelve hours, rounded up by less than 1/64
    expect(flow.cycleTime).toEqual({ tasks: 7, percentiles: { p50: 21_760, p85: 21_760, p95: 21_760 } });
    expect(flow.leadTime).toEqual({ tasks: 7, percentiles: { p50: 43_520, p85: 43_520, p95: 43_520 } });
    expect(flow.cumulativeFlow.columns.map(({ name, category }) => [name, category])).toEqual([
      ['Column 0', 'todo'],
      ['Column 1', 'active'],
      ['Column 2', 'done'],
    ]);
    expect(flow.cumulativeFlow.categories.done).toEqual([1, 3, 4, 4, 7, 8, 8]);
    expect(flow.inProgress.tasks).toBe(2);
    expect(flow.inProgress.oldest.map(({ beyond }) => beyond)).toEqual(['p95', null]);
    expect(flow.forecast.remaining).toBe(3);
  });

  it('200: a project in which nothing has happened yet', async () => {
    const world = new SimulatedTasks(Date.now());
    const project = world.createProject();
    await send(world);
    const flow = await flowOf(project);
    expect(flow.days).toHaveLength(90);
    expect(flow.days.at(-1)).toBe(today());
    expect(flow.cycleTime).toEqual({ tasks: 0, percentiles: null });
    expect(flow.inProgress).toEqual({ tasks: 0, oldest: [] });
    expect(flow.forecast).toEqual({ basis: null, remaining: 0, seed: 1, doneOn: null, doneBy: null });
  });

  it('200: a steady pace makes the forecast certain', async () => {
    const project = await projectWithThroughput(Array(20).fill(2));
    const { forecast } = await flowOf(project, { remaining: 10, by: dayFromNow(7) });
    expect(forecast).toEqual({
      basis: { from: dayFromNow(-20), to: dayFromNow(-1), days: 20, completed: 40 },
      remaining: 10,
      seed: 1,
      doneOn: { p50: dayFromNow(5), p85: dayFromNow(5), p95: dayFromNow(5) },
      doneBy: { day: dayFromNow(7), p50: 14, p85: 14, p95: 14 },
    });
  });

  it('200: the same seed gives the same forecast; more certainty takes longer and promises less', async () => {
    const project = await projectWithThroughput([0, 1, 0, 4, 0, 0, 2, 1, 0, 3]);
    const read = async (seed: number) => (await flowOf(project, { remaining: 40, by: dayFromNow(30), seed })).forecast;
    const first = await read(7);
    expect(await read(7)).toEqual(first);
    const { doneOn, doneBy } = first as Required<{
      doneOn: { p50: string; p85: string; p95: string };
      doneBy: { p50: number; p85: number; p95: number };
    }>;
    expect([doneOn.p50, doneOn.p85, doneOn.p95]).toEqual([doneOn.p50, doneOn.p85, doneOn.p95].toSorted());
    expect(doneOn.p95 > doneOn.p50).toBe(true);
    expect(doneBy.p95).toBeLessThan(doneBy.p50);
  });

  it('200: no forecast from less than five days, none beyond ten years', async () => {
    expect((await flowOf(await projectWithThroughput([3, 3, 3, 3]))).forecast.basis).toBeNull();
    const { forecast } = await flowOf(await projectWithThroughput([1, 0, 0, 0, 0, 0, 0]), { remaining: 100_000 });
    expect(forecast.doneOn).toEqual({ p50: null, p85: null, p95: null });
  });

  it('304 for what the client already has', async () => {
    const world = new SimulatedTasks(Date.now());
    const project = world.createProject();
    await send(world);
    const claims = { workspaces: { [world.workspaceId]: 'member' as const } };
    const etag = (await metrics.get(path(project), claims)).headers.get('etag') as string;
    expect((await metrics.get(path(project), claims, { 'if-none-match': etag })).status).toBe(304);
  });

  it('400 for what is no day, time zone or project id', async () => {
    const world = new SimulatedTasks(Date.now());
    const project = world.createProject();
    await send(world);
    for (const query of [
      { from: '2026-02-30' },
      { timeZone: 'Mars/Olympus' },
      { timeZone: '+05:30' },
      { history: '1' },
      { remaining: '-1' },
    ]) {
      expect((await metrics.get(path(project, query), { workspaces: { [world.workspaceId]: 'owner' } })).status).toBe(400);
    }
    expect((await metrics.get('/metrics/projects/x/flow')).status).toBe(400);
  });

  it('401 without a token, 403 with one that may not read', async () => {
    const url = `/metrics/projects/${randomUUID()}/flow`;
    expect((await fetch(metrics.server.url + url)).status).toBe(401);
    expect((await metrics.get(url, { scopes: ['write'] })).status).toBe(403);
  });

  it('422 for a period that cannot be', async () => {
    const query = [
      { from: '2026-02-02', to: '2026-02-01' },
      { from: '2024-01-01', to: '2026-01-01' },
      { from: '0000-01-01', to: '0000-01-02' },
      { by: today() },
      { by: '9999-01-01' },
    ];
    for (const period of query)
      expect((await metrics.get(`/metrics/projects/${randomUUID()}/flow?${new URLSearchParams(period)}`)).status).toBe(422);
  });

  describe('404 unless the person may see the project', () => {
    const roles: Array<WorkspaceRole | 'none'> = ['owner', 'admin', 'member', 'guest', 'none'];
    const table = {
      'an open project': { isPrivate: false, isMember: false, may: ['owner', 'admin', 'member'] },
      'an open project, as its member': { isPrivate: false, isMember: true, may: ['owner', 'admin', 'member', 'guest'] },
      'a private project': { isPrivate: true, isMember: false, may: ['owner', 'admin'] },
      'a private project, as its member': { isPrivate: true, isMember: true, may: ['owner', 'admin', 'member', 'guest'] },
    };
    const cases = Object.entries(table).flatMap(([what, row]) => roles.map((role) => ({ what, role, ...row })));
    it.each(cases)('$role: $what', async ({ role, isPrivate, isMember, may }) => {
      const world = new SimulatedTasks(Date.now());
      const userId = randomUUID();
      const members = isMember ? [{ userId, role: 'viewer' as const }] : [];
      const project = world.createProject(undefined, { private: isPrivate, members });
      await send(world);
      const workspaces = role === 'none' ? { [randomUUID()]: 'owner' as const } : { [world.workspaceId]: role };
      const response = await metrics.get(path(project), { sub: userId, workspaces });
      expect(response.status).toBe(may.includes(role) ? 200 : 404);
    });

    it('a member who was removed, a project made private, deleted or restored: at once', async () => {
      const world = new SimulatedTasks(Date.now());
      const userId = randomUUID();
      const project = world.createProject(undefined, { private: true, members: [{ userId, role: 'editor' }] });
      const seen = async (change: Partial<SimulatedProject['snapshot']>) => {
        world.changeProject(project, change);
        await send(world);
        return (await metrics.get(path(project), { sub: userId, workspaces: { [world.workspaceId]: 'member' } })).status;
      };
      expect(await seen({})).toBe(200);
      expect(await seen({ members: [] })).toBe(404);
      expect(await seen({ private: false })).toBe(200);
      expect(await seen({ deleted: true })).toBe(404);
      expect(await seen({ deleted: false })).toBe(200);
    });

    it('and there is no difference to one that does not exist', async () => {
      const world = new SimulatedTasks(Date.now());
      const project = world.createProject(undefined, { private: true });
      await send(world);
      const body = async (url: string) => {
        const { requestId: _, ...problem } = (await (await metrics.get(url)).json()) as Record<string, unknown>;
        return problem;
      };
      expect(await body(path(project))).toEqual(await body(`/metrics/projects/${randomUUID()}/flow`));
    });
  });
});

it('knows no role that is not in the table', () => {
  const identity = { userId: 'u', workspaces: { w: 'visitor' } };
  expect(() => maySeeProject(identity as never, { workspaceId: 'w', private: false, memberIds: ['u'] })).toThrow();
});
