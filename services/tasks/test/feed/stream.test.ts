import { randomUUID } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import type { Task } from '@taskflow/contracts/tasks';
import { until } from '@taskflow/testing/until';
import { afterEach, describe, expect, it } from 'vitest';
import { ifMatch, tasksService } from '../harness.ts';
import { type EventSource, openEventSource } from './event-source.ts';

const { server, replica, issuer, sql, person } = await tasksService();
const workspace = randomUUID();
const ana = await person({ [workspace]: 'member' });
const open: EventSource[] = [];

afterEach(() => {
  for (const source of open.splice(0)) source.close();
});

async function listen(who: { userId: string }, workspaces: object, { query = '', from = '', at = server } = {}): Promise<EventSource> {
  const token = await issuer.token({ sub: who.userId, workspaces: workspaces as Record<string, 'member'> });
  const source = await openEventSource(`${at.url}/tasks/stream${query}`, {
    authorization: `Bearer ${token}`,
    ...(from ? { 'last-event-id': from } : {}),
  });
  open.push(source);
  if (source.status === 200) await until(() => source.lastEventId, { every: 2, what: 'the first position' });
  return source;
}

const types = (source: EventSource) => source.messages.map(({ data, event }) => data.type ?? event);

describe('GET /tasks/stream', () => {
  it('401 without a token, 400 for a position of something else', async () => {
    expect((await fetch(`${server.url}/tasks/stream`)).status).toBe(401);
    expect((await listen(ana, { [workspace]: 'member' }, { from: 'yesterday' })).status).toBe(400);
    expect((await listen(ana, { [workspace]: 'member' }, { query: '?project=x' })).status).toBe(400);
  });

  it('a change reaches another browser in under 100 ms', async () => {
    const source = await listen(await person({ [workspace]: 'member' }), { [workspace]: 'member' });
    expect(source.retry).toBeGreaterThan(0);
    const project = await ana.project();
    let task = await ana.task(project.id);
    const delays: number[] = [];
    for (let round = 0; round < 30; round++) {
      const count = source.messages.length;
      const begin = performance.now();
      const move = await ana.call<Task>('POST', `/tasks/${task.id}/move`, { columnId: project.columns[round % 3]!.id }, ifMatch(task));
      task = move.body;
      const message = await until(
        () => source.messages.slice(count).find(({ data }) => (data.task as Task | undefined)?.version === task.version),
        { every: 1, what: 'the move' },
      );
      delays.push(message.at - begin);
      expect(message.data).toMatchObject({ type: 'task.moved', taskId: task.id });
      expect(message.id).toMatch(new RegExp(`^${message.data.cursor}-[0-9a-f]{8}$`));
      expect(message.data).not.toHaveProperty('notify');
    }
    delays.sort((a, b) => a - b);
    expect(delays[15], `delays of ${delays.map(Math.round)} ms`).toBeLessThan(100);
  });

  it('shows a private project only to its members, at once when that changes', async () => {
    const project = await ana.project({ private: true });
    const ben = await person({ [workspace]: 'member' });
    const boss = await person({ [workspace]: 'admin' });
    const stranger = await person({ [randomUUID()]: 'owner' });
    const [his, hers, theirs, anas] = await Promise.all([
      listen(ben, { [workspace]: 'member' }),
      listen(boss, { [workspace]: 'admin' }),
      listen(stranger, { [randomUUID()]: 'owner' }),
      listen(ana, { [workspace]: 'member' }),
    ]);
    const change = (condition: string) =>
      sql.begin(async (tx) => {
        await tx.unsafe(condition);
        await tx`
          select record_event('{"actor": {"userId": null, "name": "test"}}', 'project.updated', p.workspace_id, p.id, null,
                              jsonb_build_object('changes', '[]'::jsonb, 'notify', '[]'::jsonb, 'project', project_snapshot(p)))
          from projects p where id = ${project.id}`;
      });
    // Access is what it is when an event goes out, so each step is out before the next one is made.
    const steps = [
      () => ana.task(project.id),
      () => change(`insert into project_members values ('${project.id}', '${ben.userId}', 'viewer')`),
      () => ana.task(project.id),
      () => change(`delete from project_members where project_id = '${project.id}' and user_id = '${ben.userId}'`),
      () => ana.task(project.id),
      () => change(`update projects set private = false where id = '${project.id}'`),
      () => ana.task(project.id),
    ];
    for (const [index, step] of steps.entries()) {
      await step();
      await until(() => anas.messages.length === index + 1, { what: `event ${index + 1}` });
    }

    expect(types(his)).toEqual(['project.updated', 'task.created', 'hidden', 'project.updated', 'task.created']);
    expect(his.messages[2]!.data).toEqual({ projectId: project.id });
    expect(types(hers)).toEqual(types(anas));
    expect(types(theirs)).toEqual([]);
  });

  it('sends only the events of one project with ?project=', async () => {
    const [one, other] = [await ana.project(), await ana.project()];
    const source = await listen(ana, { [workspace]: 'member' }, { query: `?project=${one.id}` });
    await ana.task(other.id);
    await ana.task(one.id);
    await source.next('task.created');
    expect(source.messages.map(({ data }) => data.projectId)).toEqual([one.id]);
  });

  it('goes on after Last-Event-ID without a gap or a double while writes go on', async () => {
    const project = await ana.project();
    const first = await listen(ana, { [workspace]: 'member' });
    const from = first.lastEventId;
    let writing = true;
    let made = 0;
    const writers = Array.from({ length: 4 }, async () => {
      while (writing) {
        await ana.task(project.id, { title: `task ${++made}` });
      }
    });
    const late: EventSource[] = [];
    for (let round = 0; round < 6; round++) {
      await until(() => made > 10 * (round + 1), { every: 2 });
      late.push(await listen(ana, { [workspace]: 'member' }, round % 2 ? { query: `?lastEventId=${from}` } : { from }));
    }
    writing = false;
    await Promise.all(writers);
    for (const source of [first, ...late]) {
      const tasks = () => source.messages.filter(({ data }) => data.type === 'task.created');
      await until(() => tasks().length >= made, { what: 'all tasks' });
      const humanIds = tasks().map(({ data }) => (data.task as Task).humanId);
      expect(humanIds).toHaveLength(made);
      expect(new Set(humanIds).size).toBe(made);
      expect(source.messages.map(({ id }) => id)).toEqual(first.messages.map(({ id }) => id));
    }
  });

  it('says reset to who comes too late, and to who comes from another database', async () => {
    const project = await ana.project();
    const at = await replica(); // remembers nothing of what was before it
    const now = await listen(ana, { [workspace]: 'member' });
    const history = now.lastEventId.split('-')[2];
    const known = await listen(ana, { [workspace]: 'member' }, { from: `1-1-${history}`, at });
    await known.next('project.created');
    await sql`update feed_horizon set xid = '2'`;
    const late = await listen(ana, { [workspace]: 'member' }, { from: `1-1-${history}`, at });
    await until(() => late.messages.length > 0);
    expect(types(late)).toEqual(['reset']);
    await ana.task(project.id);
    await late.next('task.created');
    await sql`update feed_horizon set xid = '0'`;
    const [position] = /^\d+-\d+/.exec(now.lastEventId) as RegExpExecArray;
    for (const from of [`9000000000-1-${history}`, `${position}-00000000`, position]) {
      const foreign = await listen(ana, { [workspace]: 'member' }, { from });
      await until(() => foreign.messages.length > 0);
      expect(types(foreign), from).toEqual(['reset']);
      expect(foreign.lastEventId.split('-')[2], from).toBe(history);
    }
  });

  it('cuts off who does not read, who then goes on from where it was', async () => {
    const token = await issuer.token({ sub: ana.userId, workspaces: { [workspace]: 'member' } });
    const { port } = new URL(server.url);
    const socket = connectSocket(Number(port), '127.0.0.1');
    socket.write(`GET /tasks/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk;
    });
    const from = await until(() => /id: (\S+)\n/.exec(head)?.[1], { what: 'the first position' });
    socket.pause();
    const project = await ana.project();
    const write = () => sql`
      select record_event('{"actor": {"userId": null, "name": "test"}}', 'task.updated', workspace_id, id, null,
                          jsonb_build_object('changes', '[]'::jsonb, 'notify', '[]'::jsonb, 'data', repeat('x', 500000)))
      from projects where id = ${project.id}`;
    const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => {}));
    const streams = async () => /^feed_streams\S* (\d+)$/m.exec(await (await fetch(`${server.operationsUrl}/metrics`)).text())?.[1];
    expect(await streams()).not.toBe('0');
    let written = 0;
    for (; written < 40; written++) await write();
    await until(async () => (await streams()) === '0', { what: 'the end of the stream' });
    socket.resume();
    await closed;
    const again = await listen(ana, { [workspace]: 'member' }, { from });
    await until(() => again.messages.length === written + 1, { what: 'all that was written' });
  });

  it('goes on when all connections to the database were cut, and is told of changes at once again', async () => {
    const project = await ana.project();
    const source = await listen(ana, { [workspace]: 'member' });
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'taskflow-tasks%' and datname = current_database()`;
    await until(async () => (await ana.call('POST', `/tasks/projects/${project.id}/tasks`, { title: 'after' })).status === 201);
    await source.next('task.created');
    await until(
      async () => (await sql`select from pg_stat_activity where query like 'listen %' and datname = current_database()`).length > 0,
      {
        what: 'listening again',
      },
    );
    await until(
      async () => {
        const count = source.messages.length;
        const begin = performance.now();
        await ana.task(project.id);
        const message = await until(() => source.messages[count], { every: 1, what: 'the next change' });
        return message.at - begin < 100; // the poll alone takes up to a second
      },
      { what: 'changes at once' },
    );
    const delays: number[] = [];
    while (delays.length < 5) {
      const count = source.messages.length;
      const begin = performance.now();
      await ana.task(project.id);
      const message = await until(() => source.messages[count], { every: 1, what: 'the next change' });
      delays.push(message.at - begin);
    }
    // By the poll alone each would take a whole second, since it comes just after the one before; a busy machine delays one or two.
    expect(delays.sort((a, b) => a - b)[2], `delays of ${delays.map(Math.round)} ms`).toBeLessThan(500);
  });

  it('ends with its token', async () => {
    const token = await issuer.token({ workspaces: { [workspace]: 'member' }, exp: Math.floor(Date.now() / 1000) + 2 } as never);
    const source = await openEventSource(`${server.url}/tasks/stream`, { authorization: `Bearer ${token}` });
    open.push(source);
    await until(() => source.ended, { what: 'the end of the stream' });
    expect(source.retry).toBeGreaterThan(0);
  });
});
