import { randomUUID } from 'node:crypto';
import type { Board, Column, Label, Project, Relation, Task } from '@taskflow/contracts/tasks';
import { describe, expect, it } from 'vitest';
import { ifMatch, tasksService } from './harness.ts';

const { person, events, sql } = await tasksService();
const workspace = randomUUID();
const ana = await person({ [workspace]: 'admin' });
const ben = await person({ [workspace]: 'member' });
const read = async ({ id }: Project) => (await ana.call<Project>('GET', `/tasks/projects/${id}`)).body;
const titles = async ({ id }: Project, column: number) =>
  (await ana.call<Board>('GET', `/tasks/projects/${id}/board`)).body.columns[column]!.cards.map(({ title }) => title);

describe('projects', () => {
  it('have a key that is unique in the workspace', async () => {
    await ana.project({ key: 'KEY' });
    expect(await ana.call('POST', '/tasks/projects', { key: 'KEY', name: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'project_key_taken' },
    });
    const elsewhere = await person({ [randomUUID()]: 'owner' });
    expect((await elsewhere.project({ key: 'KEY' })).key).toBe('KEY');
    for (const key of ['k', 'key', 'K', '1K', 'TOOLONGAKEY'])
      expect((await ana.call('POST', '/tasks/projects', { key, name: 'x' })).status).toBe(400);
    expect((await ana.call('POST', '/tasks/projects', { key: 'NEW', name: 'x', workspaceId: randomUUID() })).status).toBe(404);
  });

  it('are changed field by field', async () => {
    const project = await ana.project({ description: 'Old' });
    const url = `/tasks/projects/${project.id}`;
    expect((await ana.call('PATCH', url, { name: 'New' })).status).toBe(428);
    const { body } = await ana.call<Project>('PATCH', url, { name: 'New', private: true }, ifMatch(project));
    expect(body).toMatchObject({ name: 'New', description: 'Old', private: true, version: 2 });
    expect(await ana.call('PATCH', url, { name: 'x' }, ifMatch(project))).toMatchObject({ status: 412, body: { current: body } });
    expect((await ana.call('PATCH', url, { key: 'OTHER' }, ifMatch(body))).status).toBe(400);
    expect((await ana.call<Project>('PATCH', url, { description: null }, ifMatch(body))).body.description).toBe('');
    expect((await events(project.id))[1]).toMatchObject({
      type: 'project.updated',
      changes: [
        { field: 'name', from: 'Engine', to: 'New' },
        { field: 'private', from: false, to: true },
      ],
      project: { private: true, members: [{ userId: ana.userId, role: 'lead' }] },
    });
  });

  it('are deleted with what is in them, and restored', async () => {
    const project = await ana.project();
    const task = await ana.task(project.id);
    const url = `/tasks/projects/${project.id}`;
    expect((await ana.call('DELETE', url, undefined, ifMatch(project))).status).toBe(204);
    for (const path of [url, `${url}/board`, `/tasks/${task.id}`, `/tasks/${task.id}/comments`])
      expect((await ana.call('GET', path)).status).toBe(404);
    expect((await ana.call('POST', `${url}/tasks`, { title: 'x' })).status).toBe(404);
    const trash = await ana.call<{ items: Project[] }>('GET', '/tasks/projects?deleted=true');
    expect(trash.body.items).toMatchObject([{ id: project.id, version: 2 }]);
    expect((await ana.call('POST', `${url}/restore`, undefined, ifMatch(trash.body.items[0]!))).status).toBe(200);
    expect((await ana.call('GET', `/tasks/${task.id}`)).status).toBe(200);
    expect((await events(project.id)).map(({ type }) => type)).toEqual([
      'project.created',
      'task.created',
      'project.deleted',
      'project.restored',
    ]);
  });

  it('page by key', async () => {
    const owner = await person({ [randomUUID()]: 'owner' });
    for (const key of ['CC', 'AA', 'BB']) await owner.project({ key });
    const first = (await owner.call<{ items: Project[]; nextCursor: string }>('GET', '/tasks/projects?limit=2')).body;
    const next = (await owner.call<{ items: Project[]; nextCursor: null }>('GET', `/tasks/projects?limit=2&cursor=${first.nextCursor}`))
      .body;
    expect([...first.items, ...next.items].map(({ key }) => key)).toEqual(['AA', 'BB', 'CC']);
    expect(next.nextCursor).toBeNull();
    await owner.call('PATCH', `/tasks/projects/${first.items[0]!.id}`, { archived: true }, ifMatch(first.items[0]!));
    const archived = await owner.call<{ items: Project[] }>('GET', '/tasks/projects?archived=true');
    expect(archived.body.items.map(({ key }) => key)).toEqual(['AA']);
  });

  it('give people of the workspace roles, and take them', async () => {
    const project = await ana.project({ private: true });
    const url = (userId: string) => `/tasks/projects/${project.id}/members/${userId}`;
    const stranger = await ana.call('PUT', url(randomUUID()), { role: 'viewer' }, ifMatch(project));
    expect(stranger).toMatchObject({ status: 422, body: { code: 'not_in_workspace' } });
    expect((await ben.call('GET', `/tasks/projects/${project.id}`)).status).toBe(404);
    const { body } = await ana.call<Project>('PUT', url(ben.userId), { role: 'viewer' }, ifMatch(project));
    expect(body.members).toContainEqual({ userId: ben.userId, role: 'viewer' });
    expect((await ben.call<Project>('GET', `/tasks/projects/${project.id}`)).body.actions.toSorted()).toEqual([
      'comment.write',
      'project.read',
    ]);
    expect((await ana.call('DELETE', url(ben.userId), undefined, ifMatch(body))).status).toBe(204);
    expect((await ben.call('GET', `/tasks/projects/${project.id}`)).status).toBe(404);
    expect((await ana.call('DELETE', url(ben.userId), undefined, ifMatch(await read(project)))).status).toBe(404);
  });
});

describe('columns', () => {
  it('are added, changed, ordered', async () => {
    const project = await ana.project();
    const url = `/tasks/projects/${project.id}/columns`;
    const { body: review } = await ana.call<Column>('POST', url, { name: 'Review', category: 'active', wipLimit: 2 });
    expect((await ana.call('PATCH', `${url}/${review.id}`, { name: 'x' })).status).toBe(428);
    const changed = await ana.call<Column>('PATCH', `${url}/${review.id}`, { name: 'Check', wipLimit: null }, ifMatch(review));
    expect(changed.body).toMatchObject({ name: 'Check', category: 'active', wipLimit: null, version: 2 });
    expect((await ana.call('PATCH', `${url}/${review.id}`, { name: 'x' }, ifMatch(review))).status).toBe(412);
    const now = await read(project);
    const columnIds = now.columns.map(({ id }) => id).reverse();
    expect((await ana.call('PUT', url, { columnIds: columnIds.slice(1) }, ifMatch(now))).status).toBe(422);
    const ordered = await ana.call<Project>('PUT', url, { columnIds }, ifMatch(now));
    expect(ordered.body.columns.map(({ name }) => name)).toEqual(['Check', 'Done', 'In progress', 'To do']);
    expect((await ana.call('PUT', url, { columnIds }, ifMatch(now))).status).toBe(412);
  });

  it('give their tasks to another when deleted', async () => {
    const project = await ana.project();
    const [todo, active] = project.columns as [Column, Column, Column];
    await ana.task(project.id, { title: 'there', columnId: active.id });
    const moved = await ana.task(project.id, { title: 'first' });
    await ana.task(project.id, { title: 'second' });
    const hidden = await ana.task(project.id, { title: 'deleted' });
    await ana.call('DELETE', `/tasks/${hidden.id}`, undefined, ifMatch(hidden));
    const url = `/tasks/projects/${project.id}/columns/${todo.id}`;
    expect(await ana.call('DELETE', url, undefined, ifMatch(todo))).toMatchObject({ status: 422, body: { code: 'column_not_empty' } });
    expect((await ana.call('DELETE', `${url}?moveTo=${todo.id}`, undefined, ifMatch(todo))).status).toBe(422);
    expect((await ana.call('DELETE', `${url}?moveTo=${active.id}`, undefined, ifMatch(todo))).status).toBe(204);
    expect(await titles(project, 0)).toEqual(['there', 'first', 'second']);
    expect((await events(moved.id)).at(-1)).toMatchObject({
      type: 'task.moved',
      changes: [{ field: 'columnId', from: todo.id, to: active.id }],
    });
    expect((await ana.call<Task>('POST', `/tasks/${hidden.id}/restore`, undefined, { 'if-match': '"3"' })).body.columnId).toBe(active.id);
    const [left, last] = (await read(project)).columns;
    expect((await ana.call('DELETE', `/tasks/projects/${project.id}/columns/${last!.id}`, undefined, ifMatch(last!))).status).toBe(204);
    const only = await ana.call('DELETE', `/tasks/projects/${project.id}/columns/${left!.id}`, undefined, ifMatch(left!));
    expect(only).toMatchObject({ status: 422, body: { code: 'last_column' } });
  });

  it('take no task while they are deleted', async () => {
    const project = await ana.project();
    const [todo, active] = project.columns as [Column, Column];
    const url = `/tasks/projects/${project.id}`;
    const creating = Array.from({ length: 10 }, () => ana.call('POST', `${url}/tasks`, { title: 'x', columnId: todo.id }));
    const [gone, ...made] = await Promise.all([
      ana.call('DELETE', `${url}/columns/${todo.id}?moveTo=${active.id}`, undefined, ifMatch(todo)),
      ...creating,
    ]);
    expect(gone.status).toBe(204);
    for (const { status } of made) expect([201, 422]).toContain(status);
    expect(await titles(project, 0)).toHaveLength(made.filter(({ status }) => status === 201).length);
  });
});

describe('labels', () => {
  it('are of a workspace or of a project', async () => {
    const [one, two] = [await ana.project(), await ana.project()];
    const make = async (body: object) =>
      (await ana.call<Label & { code: string }>('POST', '/tasks/labels', { color: '#00ff00', ...body })).body;
    const common = await make({ name: 'common' });
    const own = await make({ name: 'own', projectId: one.id });
    expect(common).toMatchObject({ workspaceId: workspace, projectId: null });
    expect((await make({ name: 'Common' })).code).toBe('label_name_taken');
    expect((await make({ name: 'common', projectId: one.id })).projectId).toBe(one.id);
    const names = async (query: string) =>
      (await ana.call<{ items: Label[] }>('GET', `/tasks/labels?${query}`)).body.items.map(({ name }) => name);
    expect(await names(`projectId=${two.id}`)).toEqual(['common']);
    expect(await names(`projectId=${one.id}`)).toEqual(['common', 'common', 'own']);
    const first = (await ana.call<{ items: Label[]; nextCursor: string }>('GET', `/tasks/labels?projectId=${one.id}&limit=1`)).body;
    expect(await names(`projectId=${one.id}&limit=9&cursor=${first.nextCursor}`)).toEqual(['common', 'own']);
    expect((await ana.call('POST', `/tasks/projects/${two.id}/tasks`, { title: 'x', labelIds: [own.id] })).status).toBe(422);
    expect((await ana.task(one.id, { labelIds: [own.id, common.id] })).labelIds).toEqual([own.id, common.id]);
  });

  it('leave their tasks when deleted', async () => {
    const project = await ana.project();
    const { body: label } = await ana.call<Label>('POST', '/tasks/labels', { name: 'gone', color: '#00ff00', projectId: project.id });
    const task = await ana.task(project.id, { labelIds: [label.id] });
    const renamed = (await ana.call<Label>('PATCH', `/tasks/labels/${label.id}`, { name: 'going' }, ifMatch(label))).body;
    expect((await ana.call('DELETE', `/tasks/labels/${label.id}`, undefined, ifMatch(label))).status).toBe(412);
    expect((await ana.call('DELETE', `/tasks/labels/${label.id}`, undefined, ifMatch(renamed))).status).toBe(204);
    expect((await ana.call<Task>('GET', `/tasks/${task.id}`)).body).toMatchObject({ labelIds: [], version: 2 });
    const types = (await events(project.id)).map(({ type }) => type).filter((type) => type.startsWith('label'));
    expect(types).toEqual(['label.created', 'label.updated', 'label.deleted']);
  });

  it('are never left on a task by a race', async () => {
    const project = await ana.project();
    for (let round = 0; round < 10; round++) {
      const { body: label } = await ana.call<Label>('POST', '/tasks/labels', {
        name: `race ${round}`,
        color: '#00ff00',
        projectId: project.id,
      });
      const tasks = await Promise.all([1, 2, 3].map(() => ana.task(project.id)));
      const replies = await Promise.all([
        ...tasks.map((task) => ana.call('PATCH', `/tasks/${task.id}`, { labelIds: [label.id] }, ifMatch(task))),
        ana.call('DELETE', `/tasks/labels/${label.id}`, undefined, ifMatch(label)),
      ]);
      expect(replies.at(-1)!.status).toBe(204);
      for (const { status } of replies.slice(0, -1)) expect([200, 422]).toContain(status);
    }
    expect(await sql`select from tasks where project_id = ${project.id} and label_ids <> '{}'`).toHaveLength(0);
  });
});

describe('relations', async () => {
  const project = await ana.project();
  const relate = (from: Task, type: string, to: { id: string }) =>
    ana.call<Relation & { code: string }>('POST', `/tasks/${from.id}/relations`, { type, taskId: to.id });
  const list = async ({ id }: Task) =>
    (await ana.call<{ items: Relation[] }>('GET', `/tasks/${id}/relations`)).body.items.map(({ type, task }) => [type, task.id]);

  it.each([
    ['blocks', 'blocked_by'],
    ['blocked_by', 'blocks'],
    ['duplicates', 'duplicated_by'],
    ['duplicated_by', 'duplicates'],
    ['relates', 'relates'],
  ])('%s is seen as %s from the other side', async (type, inverse) => {
    const [a, b] = [await ana.task(project.id), await ana.task(project.id)];
    const { status, body } = await relate(a, type, b);
    expect(status).toBe(201);
    expect(await list(a)).toEqual([[type, b.id]]);
    expect(await list(b)).toEqual([[inverse, a.id]]);
    for (const [from, again, to] of [
      [a, type, b],
      [b, inverse, a],
      [b, type, a],
    ] as const)
      expect((await relate(from, again, to)).body.code).toBe('related_already');
    for (const task of [a, b]) expect((await events(task.id)).at(-1)!.type).toBe('relation.created');
    expect((await ana.call('DELETE', `/tasks/${b.id}/relations/${body.id}`)).status).toBe(204);
    expect(await list(a)).toEqual([]);
  });

  it('need another task that the person may see', async () => {
    const task = await ana.task(project.id);
    expect((await relate(task, 'blocks', task)).body.code).toBe('related_to_itself');
    expect((await relate(task, 'blocks', { id: randomUUID() })).body.code).toBe('no_such_other_task');
    const hidden = await (await person({ [workspace]: 'owner' })).project({ private: true });
    const secret = await ana.task(hidden.id);
    expect((await relate(task, 'blocks', secret)).status).toBe(201);
    const seen = await ben.call<{ items: Relation[] }>('GET', `/tasks/${task.id}/relations`);
    expect(seen.body.items).toEqual([]);
    const guess = await ben.call('POST', `/tasks/${task.id}/relations`, { type: 'relates', taskId: secret.id });
    expect(guess).toMatchObject({ status: 422, body: { code: 'no_such_other_task' } });
  });

  it('are made once by many at the same time', async () => {
    const [a, b] = [await ana.task(project.id), await ana.task(project.id)];
    const replies = await Promise.all([relate(a, 'blocks', b), relate(b, 'blocks', a), relate(b, 'blocked_by', a), relate(a, 'blocks', b)]);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
  });
});
