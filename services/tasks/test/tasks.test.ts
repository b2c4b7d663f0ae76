import { randomUUID } from 'node:crypto';
import type { Board, Project, Task } from '@taskflow/contracts/tasks';
import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { ifMatch, type Person, tasksService } from './harness.ts';

const { person, events, sql, server, issuer } = await tasksService();
const workspace = randomUUID();
const ana = await person({ [workspace]: 'member' });
const ben = await person({ [workspace]: 'member' });

const board = async ({ id }: Project) => (await ana.call<Board>('GET', `/tasks/projects/${id}/board`)).body;
const titles = async (project: Project, column = 0) => (await board(project)).columns[column]!.cards.map(({ title }) => title);
const patch = (task: Task, body: unknown, who: Person = ana) =>
  who.call<Task & { code: string; current: Task }>('PATCH', `/tasks/${task.id}`, body, ifMatch(task));
const move = (task: Task, body: unknown) =>
  ana.call<Task & { code: string; current: Task }>('POST', `/tasks/${task.id}/move`, body, ifMatch(task));
const read = async (task: Task) => (await ana.call<Task>('GET', `/tasks/${task.id}`)).body;

it('takes a task from To do to Done', async () => {
  const project = await ana.project({ key: 'ENG', name: 'Engine' });
  expect(project.columns.map(({ name }) => name)).toEqual(['To do', 'In progress', 'Done']);
  const task = await ana.task(project.id, { title: 'Fit the valve' });
  expect(task).toMatchObject({ humanId: 'ENG-1', columnId: project.columns[0]!.id, priority: 'none', version: 1 });

  const patched = await patch(task, { priority: 'high', dueDate: '2027-01-31' });
  expect(patched.status).toBe(200);
  expect(patched.body).toMatchObject({ priority: 'high', dueDate: '2027-01-31', title: 'Fit the valve', version: 2 });
  const moved = await move(patched.body, { columnId: project.columns[2]!.id });
  expect(moved.body).toMatchObject({ category: 'done', version: 3 });
  expect((await ana.call('GET', '/tasks/ENG-1')).body).toEqual(moved.body);

  const list = await ana.call<{ items: Task[] }>('GET', `/tasks/projects/${project.id}/tasks?category=done`);
  expect(list.body.items).toEqual([moved.body]);

  const history = await events(project.id);
  expect(history.map(({ type }) => type)).toEqual(['project.created', 'task.created', 'task.updated', 'task.moved']);
  expect(history[2]).toMatchObject({
    actor: { userId: ana.userId },
    changes: [
      { field: 'dueDate', from: null, to: '2027-01-31' },
      { field: 'priority', from: 'none', to: 'high' },
    ],
    task: { humanId: 'ENG-1', priority: 'high' },
    notify: [],
  });
  expect(history[3]).toMatchObject({
    changes: [{ field: 'columnId', from: project.columns[0]!.id, to: project.columns[2]!.id }],
    task: { category: 'done' },
    data: { rank: moved.body.rank },
  });
});

describe('creating', () => {
  it('numbers tasks without a gap, also when many are created at once and some are refused', async () => {
    const project = await ana.project();
    const attempts = Array.from({ length: 60 }, (_, index) =>
      ana.call<Task>(
        'POST',
        `/tasks/projects/${project.id}/tasks`,
        index % 4 === 0 ? { title: 'x', parentId: randomUUID() } : { title: 'x' },
      ),
    );
    const replies = await Promise.all(attempts);
    const numbers = replies.filter(({ status }) => status === 201).map(({ body }) => Number(body.humanId.split('-')[1]));
    expect(replies.filter(({ status }) => status === 422)).toHaveLength(15);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
    expect(new Set((await board(project)).columns[0]!.cards.map(({ rank }) => rank)).size).toBe(45);
  });

  it('takes every field', async () => {
    const project = await ana.project();
    const parent = await ana.task(project.id);
    const { body: label } = await ana.call<{ id: string }>('POST', '/tasks/labels', {
      name: 'bug',
      color: '#ff0000',
      projectId: project.id,
    });
    const fields = {
      title: 'All',
      description: '**bold**',
      columnId: project.columns[1]!.id,
      priority: 'urgent',
      assigneeIds: [ana.userId, ben.userId],
      labelIds: [label.id],
      startDate: '2027-01-01',
      dueDate: '2027-01-31',
      estimate: 2.5,
      parentId: parent.id,
    };
    const task = await ana.task(project.id, fields);
    expect(task).toMatchObject(fields);
    expect(await read(parent)).toMatchObject({ subtasks: { total: 1, done: 0 } });
    const card = (await board(project)).columns[1]!.cards[0]!;
    expect(card).toMatchObject({ priority: 'urgent', labelIds: [label.id], dueDate: '2027-01-31', estimate: 2.5, parentId: parent.id });
    expect((await events(task.id))[0]).toMatchObject({ type: 'task.created', notify: [{ userId: ben.userId, reason: 'assigned' }] });
  });

  it.each([
    ['no title', {}, 400, 'malformed_request'],
    ['an unknown member', { title: 'x', colour: 'red' }, 400, 'malformed_request'],
    ['a number as a title', { title: 1 }, 400, 'malformed_request'],
    ['a column of another project', { title: 'x', columnId: randomUUID() }, 422, 'no_such_column'],
    ['a parent of another project', { title: 'x', parentId: randomUUID() }, 422, 'no_such_parent'],
    ['an unknown label', { title: 'x', labelIds: [randomUUID()] }, 422, 'no_such_label'],
    ['a stranger as assignee', { title: 'x', assigneeIds: [randomUUID()] }, 422, 'not_assignable'],
    ['dates the wrong way round', { title: 'x', startDate: '2027-02-01', dueDate: '2027-01-01' }, 422, 'dates_reversed'],
  ])('refuses %s', async (_what, body, status, code) => {
    const project = await ana.project();
    const reply = await ana.call('POST', `/tasks/projects/${project.id}/tasks`, body);
    expect(reply).toMatchObject({ status, body: { code } });
  });

  it('gives the first answer again for the same Idempotency-Key', async () => {
    const project = await ana.project();
    const send = () => ana.call<Task>('POST', `/tasks/projects/${project.id}/tasks`, { title: 'Once' }, { 'idempotency-key': project.id });
    const first = await send();
    const second = await send();
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await titles(project)).toEqual(['Once']);
  });

  it('assigns somebody who has joined the workspace a moment ago', async () => {
    const project = await ana.project();
    await ana.task(project.id, { assigneeIds: [ana.userId] }); // what is known of the workspace is fresh
    const newcomer = {
      userId: randomUUID(),
      role: 'member' as const,
      handle: 'newcomer',
      name: 'Newcomer',
      email: 'newcomer@example.org',
      active: true,
    };
    const known = issuer.members.get(project.workspaceId)!;
    issuer.members.set(project.workspaceId, [...known, newcomer]);
    expect((await ana.task(project.id, { assigneeIds: [newcomer.userId] })).assigneeIds).toEqual([newcomer.userId]);
    issuer.members.set(project.workspaceId, known);
  });

  it('does not assign who may not see the project, and does once they may', async () => {
    const project = await ana.project({ private: true });
    const refused = await ana.call('POST', `/tasks/projects/${project.id}/tasks`, { title: 'x', assigneeIds: [ben.userId] });
    expect(refused).toMatchObject({ status: 422, body: { code: 'not_assignable' } });
    await ana.call('PUT', `/tasks/projects/${project.id}/members/${ben.userId}`, { role: 'viewer' }, ifMatch(project));
    expect((await ana.task(project.id, { assigneeIds: [ben.userId] })).assigneeIds).toEqual([ben.userId]);
  });
});

describe('changing', async () => {
  const project = await ana.project();

  it('needs If-Match, and the version of now', async () => {
    const task = await ana.task(project.id);
    expect((await ana.call('PATCH', `/tasks/${task.id}`, { title: 'x' })).status).toBe(428);
    expect((await ana.call('PATCH', `/tasks/${task.id}`, { title: 'x' }, { 'if-match': 'W/"1"' })).status).toBe(400);
    const current = (await patch(task, { title: 'New' })).body;
    const late = await patch(task, { title: 'Late' });
    expect(late).toMatchObject({ status: 412, body: { code: 'precondition_failed', current } });
    expect(late.headers.get('etag')).toBe('"2"');
    expect((await move(task, { columnId: task.columnId })).status).toBe(412);
    expect((await ana.call('DELETE', `/tasks/${task.id}`, undefined, ifMatch(task))).status).toBe(412);
    const beyond = { 'if-match': '"999999999999999"' }; // than the database's integers go
    expect((await ana.call('PATCH', `/tasks/${task.id}`, { title: 'x' }, beyond)).status).toBe(412);
    expect((await ana.call('DELETE', `/tasks/${task.id}`, undefined, beyond)).status).toBe(412);
    expect(await read(task)).toEqual(current);
  });

  it('lets one of many that saw the same version win, and loses none that saw the fresh one', async () => {
    const task = await ana.task(project.id);
    const race = await Promise.all(Array.from({ length: 10 }, (_, index) => patch(task, { title: `Title ${index}` })));
    expect(race.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(412)]);
    const raised = race.find(({ status }) => status === 200)!.body;
    const both = (await patch((await patch(raised, { priority: 'low' })).body, { estimate: 3 })).body;
    expect(both).toMatchObject({ title: raised.title, priority: 'low', estimate: 3, version: 4 });
  });

  it('touches only named fields, and null empties', async () => {
    const task = await ana.task(project.id, { description: 'Long', priority: 'high', dueDate: '2027-01-31', assigneeIds: [ben.userId] });
    const nulls = { description: null, priority: null, dueDate: null, assigneeIds: null };
    const { body } = await patch(task, nulls);
    expect(body).toMatchObject({ title: task.title, description: '', priority: 'none', dueDate: null, assigneeIds: [] });
    expect((await patch(body, {})).status).toBe(400);
    expect((await patch(body, { title: null })).status).toBe(400);
  });

  it('answers 304 to who has the version already', async () => {
    const task = await ana.task(project.id);
    const headers = { 'if-none-match': '"1"' };
    expect((await ana.call('GET', `/tasks/${task.id}`, undefined, headers)).status).toBe(304);
    await patch(task, { title: 'x' });
    expect((await ana.call('GET', `/tasks/${task.id}`, undefined, headers)).status).toBe(200);
  });

  it('tells assignees, watchers and the creator, but not the actor, the muted and those who cannot see it', async () => {
    const closed = await ana.project({ private: true });
    const carl = await person({ [workspace]: 'owner' });
    await ana.call('PUT', `/tasks/projects/${closed.id}/members/${ben.userId}`, { role: 'editor' }, ifMatch(closed));
    const task = await ana.task(closed.id, { assigneeIds: [ben.userId] });
    expect((await carl.call('PUT', `/tasks/${task.id}/watch`)).body).toMatchObject({ watching: true });
    await sql`insert into watchers values (${task.id}, ${(await person({ [workspace]: 'member' })).userId}, true)`;
    const first = (await patch(task, { title: 'One' }, ben)).body;
    const reasons = async () => Object.fromEntries((await events(task.id)).at(-1)!.notify.map(({ userId, reason }) => [userId, reason]));
    expect(await reasons()).toEqual({ [ana.userId]: 'watching', [carl.userId]: 'watching' });
    expect((await ana.call('DELETE', `/tasks/${task.id}/watch`)).body).toMatchObject({ watching: false });
    await patch(first, { title: 'Two' }, carl);
    expect(await reasons()).toEqual({ [ben.userId]: 'watching' });
  });

  it('tells whom a description newly mentions', async () => {
    const task = await ana.task(project.id, { description: `ask @${ben.handle}` });
    expect((await events(task.id))[0]!.notify).toEqual([{ userId: ben.userId, reason: 'mentioned' }]);
    await patch(task, { description: `ask @${ben.handle}!` });
    expect((await events(task.id))[1]!.notify).toEqual([]);
  });
});

describe('order', () => {
  const named = async (project: Project, ...names: string[]) => {
    const made: Task[] = [];
    for (const title of names) made.push(await ana.task(project.id, { title }));
    return made;
  };

  it('puts a task before, after, between and at the end', async () => {
    const project = await ana.project();
    const columnId = project.columns[0]!.id;
    const [a, b, c] = (await named(project, 'a', 'b', 'c')) as [Task, Task, Task];
    const c2 = (await move(c, { columnId, before: a.id })).body;
    expect(await titles(project)).toEqual(['c', 'a', 'b']);
    const c3 = (await move(c2, { columnId, after: a.id })).body;
    expect(await titles(project)).toEqual(['a', 'c', 'b']);
    const a2 = (await move(a, { columnId })).body;
    expect(await titles(project)).toEqual(['c', 'b', 'a']);
    expect((await move(a2, { columnId: project.columns[2]!.id, after: b.id })).body.code).toBe('no_such_neighbour');
    expect((await move(a2, { columnId, before: b.id, after: c3.id })).status).toBe(422);
    expect((await move(a2, { columnId: randomUUID() })).body.code).toBe('no_such_column');
    const [touched] = await sql`select count(*)::int as tasks from tasks where project_id = ${project.id} and version = 1`;
    expect(touched).toEqual({ tasks: 1 });
  });

  it('stays right under concurrent moves to the same place', async () => {
    const project = await ana.project();
    const columnId = project.columns[0]!.id;
    const [first, last, ...movers] = (await named(project, 'first', 'last', ...'abcdefgh')) as [Task, Task, ...Task[]];
    const replies = await Promise.all(movers.map((task) => move(task, { columnId, after: first.id })));
    expect(replies.map(({ status }) => status)).toEqual(movers.map(() => 200));
    const order = await titles(project);
    expect([order[0], order.at(-1)]).toEqual(['first', 'last']);
    expect(order.slice(1, -1).toSorted()).toEqual([...'abcdefgh']);
    expect(last.version).toBe(1);
  });

  it('shortens ranks that have become long, in the same order and without a new version', async () => {
    const project = await ana.project();
    const columnId = project.columns[0]!.id;
    let [fixed, x, y] = (await named(project, 'fixed', 'x', 'y')) as [Task, Task, Task];
    const rebalanced = async () => (await events(project.id)).filter(({ type }) => type === 'column.updated').length;
    // Each goes right behind the first one, so the gap halves every time.
    for (let round = 0; round < 20; round++) {
      [x, y] = [y, (await move(x, { columnId, after: fixed.id })).body];
      expect(await titles(project)).toEqual(['fixed', y.title, x.title]);
    }
    expect(y.rank.length).toBeGreaterThan(8);
    await sql`update tasks set rank = 'U00000' || repeat('0', 33) || '1' where id = ${y.id}`;
    expect(await rebalanced()).toBe(0);
    [x, y] = [y, (await move(x, { columnId, after: fixed.id })).body];
    expect(await titles(project)).toEqual(['fixed', y.title, x.title]);
    expect(await rebalanced()).toBe(1);
    expect(y.rank.length).toBeLessThan(8);
    expect((await read(fixed)).version).toBe(1);
  });

  it('makes a rank for any place', async () => {
    const ranks = ['U00000'];
    for (let round = 0; round < 400; round++) {
      const place = (round * 7919) % (ranks.length + 1);
      const [row] = await sql`select rank_between(${ranks[place - 1] ?? null}, ${ranks[place] ?? null}) as rank`;
      ranks.splice(place, 0, row!.rank as string);
    }
    expect(ranks).toEqual(ranks.toSorted());
    expect(new Set(ranks).size).toBe(ranks.length);
    expect(ranks.filter((rank) => rank.length > 6 && rank.endsWith('0'))).toEqual([]);
  });

  it('keeps a limit, also against many at once, unless forced', async () => {
    const project = await ana.project();
    const doing = project.columns[1]!;
    await ana.call('PATCH', `/tasks/projects/${project.id}/columns/${doing.id}`, { wipLimit: 3 }, ifMatch(doing));
    const tasks = await named(project, ...'abcdefgh');
    const replies = await Promise.all(tasks.map((task) => move(task, { columnId: doing.id })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(3);
    const refused = tasks[replies.findIndex(({ status }) => status === 409)]!;
    expect((await patch(refused, { columnId: doing.id })).body.code).toBe('wip_limit_reached');
    expect((await ana.call('POST', `/tasks/projects/${project.id}/tasks`, { title: 'x', columnId: doing.id })).status).toBe(409);
    const inside = replies.find(({ status }) => status === 200)!.body;
    expect((await move(inside, { columnId: doing.id })).status).toBe(200);
    expect((await move(refused, { columnId: doing.id, force: true })).status).toBe(200);
    expect(await titles(project, 1)).toHaveLength(4);
  });
});

describe('subtasks', () => {
  it('never form a cycle', async () => {
    const project = await ana.project();
    const a = await ana.task(project.id);
    const b = await ana.task(project.id, { parentId: a.id });
    const c = await ana.task(project.id, { parentId: b.id });
    for (const parentId of [a.id, b.id, c.id]) expect((await patch(a, { parentId })).body.code).toBe('subtask_cycle');
    expect((await patch(c, { parentId: null })).body.parentId).toBeNull();
  });

  it('never form a cycle when both ends change at once', async () => {
    const project = await ana.project();
    for (let round = 0; round < 15; round++) {
      const ring = await Promise.all([1, 2, 3].map(() => ana.task(project.id)));
      const replies = await Promise.all(ring.map((task, index) => patch(task, { parentId: ring[(index + 1) % 3]!.id })));
      expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 200, 422]);
    }
  });
});

describe('deleting', () => {
  it('takes a task away and brings it back where it was', async () => {
    const project = await ana.project();
    const [a, b] = [await ana.task(project.id, { title: 'a' }), await ana.task(project.id, { title: 'b' })];
    expect((await ana.call('DELETE', `/tasks/${a.id}`)).status).toBe(428);
    expect((await ana.call('DELETE', `/tasks/${a.id}`, undefined, ifMatch(a))).status).toBe(204);
    expect((await ana.call('GET', `/tasks/${a.id}`)).status).toBe(404);
    expect((await patch(a, { title: 'x' })).status).toBe(404);
    expect(await titles(project)).toEqual(['b']);
    await ana.task(project.id, { title: 'c' });
    const trash = await ana.call<{ items: Task[] }>('GET', `/tasks/projects/${project.id}/tasks?deleted=true`);
    expect(trash.body.items).toMatchObject([{ id: a.id, version: 2 }]);
    expect((await ana.call('POST', `/tasks/${a.id}/restore`, undefined, ifMatch(a))).status).toBe(412);
    expect((await ana.call('POST', `/tasks/${a.id}/restore`, undefined, { 'if-match': '"2"' })).body).toMatchObject({
      version: 3,
      deletedAt: null,
    });
    expect(await titles(project)).toEqual(['a', 'b', 'c']);
    expect((await ana.call('POST', `/tasks/${b.id}/restore`, undefined, ifMatch(b))).status).toBe(404);
    expect((await events(a.id)).map(({ type }) => type)).toEqual(['task.created', 'task.deleted', 'task.restored']);
  });
});

describe('bulk', async () => {
  const project = await ana.project();
  const bulk = (body: unknown, headers = {}) =>
    ana.call<{ items: Task[]; code: string; current: Task[]; missing: string[] }>('POST', '/tasks/bulk', body, headers);
  const some = async (count: number) => Promise.all(Array.from({ length: count }, () => ana.task(project.id)));

  it('changes many, in the order named', async () => {
    const tasks = await some(20);
    const { body: label } = await ana.call<{ id: string }>('POST', '/tasks/labels', {
      name: 'many',
      color: '#ff0000',
      projectId: project.id,
    });
    const items = tasks.map(({ id, version }) => ({ id, version })).reverse();
    const patch = { columnId: project.columns[1]!.id, priority: 'low' };
    const { status, body } = await bulk({ items, patch, addLabelIds: [label.id], addAssigneeIds: [ben.userId] });
    expect(status).toBe(200);
    expect(body.items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    for (const task of body.items) expect(task).toMatchObject({ ...patch, labelIds: [label.id], assigneeIds: [ben.userId], version: 2 });
    expect((await board(project)).columns[1]!.cards.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    const again = await bulk({ items: items.map(({ id }) => ({ id })), addLabelIds: [label.id], removeAssigneeIds: [ben.userId] });
    for (const task of again.body.items) expect(task).toMatchObject({ labelIds: [label.id], assigneeIds: [] });
  });

  it('deletes many', async () => {
    const tasks = await some(3);
    expect((await bulk({ items: tasks.map(({ id }) => ({ id })), delete: true })).status).toBe(200);
    for (const { id } of tasks) expect((await events(id)).map(({ type }) => type)).toEqual(['task.created', 'task.deleted']);
  });

  it('changes all or none', async () => {
    const tasks = await some(3);
    const changed = (await patch(tasks[1]!, { title: 'x' })).body;
    const stale = await bulk({ items: tasks.map(({ id, version }) => ({ id, version })), patch: { title: 'All' } });
    expect(stale).toMatchObject({ status: 412, body: { current: [changed] } });
    const ghost = randomUUID();
    const missing = await bulk({ items: [...tasks.map(({ id }) => ({ id })), { id: ghost }], patch: { title: 'All' } });
    expect(missing).toMatchObject({ status: 404, body: { missing: [ghost] } });
    const invalid = await bulk({ items: tasks.map(({ id }) => ({ id })), patch: { labelIds: [randomUUID()] } });
    expect(invalid).toMatchObject({ status: 422, body: { code: 'no_such_label' } });
    expect((await Promise.all(tasks.map(read))).map(({ title }) => title)).toEqual(['Fit the valve', 'x', 'Fit the valve']);
  });

  it.each([
    [{ items: [] }, 400],
    [{ items: Array.from({ length: 501 }, () => ({ id: randomUUID() })), delete: true }, 400],
    [{ items: [{ id: randomUUID() }] }, 422],
    [{ items: [{ id: randomUUID() }], delete: true, patch: { title: 'x' } }, 422],
  ])('refuses what makes no sense', async (body, status) => {
    expect((await bulk(body)).status).toBe(status);
  });

  it('is told of in the order of versions, also when another change comes in between', async () => {
    const [first, ...others] = (await some(8)).toSorted((a, b) => (a.id < b.id ? -1 : 1)) as [Task, ...Task[]];
    const last = others.at(-1)!;
    const waiting = async (count: number) =>
      (await sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`).length === count;
    let [bulkReply, patchReply]: [Promise<{ status: number }>?, Promise<{ status: number }>?] = [];
    await sql.begin(async (tx) => {
      await tx`select from tasks where id = ${first.id} for update`;
      bulkReply = bulk({ items: [first, ...others].map(({ id }) => ({ id })), patch: { title: 'All' } });
      await until(() => waiting(1), { what: 'the bulk change to wait for the first task' });
      patchReply = patch(last, { title: 'One' });
      await until(() => waiting(2), { what: 'the other change to wait for the bulk change' });
    });
    expect([(await bulkReply!).status, (await patchReply!).status]).toEqual([200, 412]);
    const rows =
      await sql`select (payload -> 'task' ->> 'version')::int as version from events where task_id = ${last.id} order by xid, seq`;
    expect(rows.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('does not wait for another bulk change for ever', async () => {
    const tasks = await some(12);
    const items = tasks.map(({ id }) => ({ id }));
    const columns = project.columns.map(({ id }) => id);
    const replies = await Promise.all(
      [items, items.toReversed(), items.toSpliced(3, 3), items.toReversed().slice(2)].map((some, index) =>
        bulk({ items: some, patch: { columnId: columns[index % 3] } }),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});

describe('reading', async () => {
  const project = await ana.project();
  for (let index = 0; index < 7; index++)
    await ana.task(project.id, { title: `t${index}`, priority: index % 2 ? 'high' : 'low', dueDate: `2027-01-0${index + 1}` });

  it('pages through a list that changes meanwhile', async () => {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await ana.call<{ items: Task[]; nextCursor: string | null }>(
        'GET',
        `/tasks/projects/${project.id}/tasks?limit=3${cursor}`,
      );
      seen.push(...body.items.map(({ title }) => title));
      if (!body.nextCursor) break;
      cursor = `&cursor=${body.nextCursor}`;
      await patch(body.items[0]!, { dueDate: '2027-02-01' });
    }
    expect(seen).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6']);
    expect((await ana.call('GET', `/tasks/projects/${project.id}/tasks?cursor=zzz`)).status).toBe(400);
  });

  it('filters', async () => {
    const found = async (query: string) =>
      (await ana.call<{ items: Task[] }>('GET', `/tasks/projects/${project.id}/tasks?${query}`)).body.items.map(({ title }) => title);
    expect(await found('priority=high')).toEqual(['t1', 't3', 't5']);
    expect(await found('dueAfter=2027-01-05&dueBefore=2027-01-06')).toEqual(['t4', 't5']);
    expect(await found(`columnId=${project.columns[1]!.id}`)).toEqual([]);
    expect(await found('category=todo&limit=1')).toEqual(['t0']);
  });

  it('sends a board anew only when it has changed', async () => {
    const get = (tag?: string) =>
      ana.call<Board>('GET', `/tasks/projects/${project.id}/board`, undefined, tag ? { 'if-none-match': tag } : {});
    const first = await get();
    const tag = first.headers.get('etag')!;
    const unchanged = await get(tag);
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers.get('content-length')).toBeNull();
    await patch(await read(first.body.columns[0]!.cards[0]! as never), { title: 'Changed' });
    expect((await get(tag)).status).toBe(200);
    expect((await ana.call('GET', `/tasks/projects/${randomUUID()}/board`)).status).toBe(404);
  });

  it('tells what happened, newest first', async () => {
    const { body } = await ana.call<{ items: Array<{ type: string }>; nextCursor: string }>(
      'GET',
      `/tasks/projects/${project.id}/activity?limit=2`,
    );
    const next = await ana.call<{ items: Array<{ type: string }> }>(
      'GET',
      `/tasks/projects/${project.id}/activity?limit=200&cursor=${body.nextCursor}`,
    );
    const all = [...body.items, ...next.body.items].map(({ type }) => type);
    expect(all).toEqual((await events(project.id)).map(({ type }) => type).reverse());
  });

  it('describes itself', async () => {
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { operationId: string; responses: object }>>;
    };
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { responses } of operations) expect(Object.keys(responses)).toContain('401');
  });
});
