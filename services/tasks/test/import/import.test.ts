import { randomUUID } from 'node:crypto';
import type { ProjectExport } from '@taskflow/contracts/export';
import type { ImportReport } from '@taskflow/contracts/import';
import type { Board, Project, Task } from '@taskflow/contracts/tasks';
import { describe, expect, it } from 'vitest';
import { type Person, tasksService } from '../harness.ts';
import { trelloBoard } from './trello-board.ts';

const { server, sql, person, events } = await tasksService();
const workspace = randomUUID();
const ana = await person({ [workspace]: 'member' });
const ben = await person({ [workspace]: 'member' });
const guest = await person({ [workspace]: 'guest' });
let serial = 0;

const into = () => ({ key: `I${++serial}`, name: 'Imported' });
const load = (body: object, who: Person = ana) => who.call<ImportReport>('POST', '/tasks/imports', body);
const read = (id: string) => ana.call<ProjectExport>('GET', `/tasks/projects/${id}/export.json`);

describe('Trello', () => {
  const content = JSON.stringify(trelloBoard(1000, ben.handle));

  it('1,000 cards in a few seconds, each with its event', async () => {
    const preview = await load({ format: 'trello', content, project: into(), preview: true });
    expect(preview.status).toBe(200);
    expect(preview.body).toMatchObject({ projectId: null, preview: true, tasks: 1000, unknownPeople: ['gone'] });
    const begin = performance.now();
    const { status, body } = await load({ format: 'trello', content, project: into() });
    const took = performance.now() - begin;
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...preview.body, projectId: expect.any(String), preview: false });
    expect(body.columns.map(({ name, category }) => [name, category])).toEqual([
      ['Backlog', 'todo'],
      ['Doing', 'active'],
      ['Done', 'done'],
    ]);
    expect(body.notTakenOver.map(({ what }) => what)).toEqual([
      'archived list',
      'entry of the history',
      'attachment, kept as a link',
      'custom field',
      'archived card',
    ]);
    const board = await ana.call<Board>('GET', `/tasks/projects/${body.projectId}/board`);
    expect(board.body.columns.flatMap(({ cards }) => cards)).toHaveLength(1000);
    expect(board.body.columns[0]!.cards.slice(0, 2).map(({ title }) => title)).toEqual(['Card 0', 'Card 3']);
    const history = await events(body.projectId!);
    expect(history.filter(({ type }) => type === 'task.created')).toHaveLength(1000);
    expect(history[0]!.type).toBe('project.created');
    const { body: exported } = await read(body.projectId!);
    const card = exported.tasks.find(({ title }) => title === 'Card 0')!;
    expect(card).toMatchObject({
      assignees: [ben.handle],
      labels: ['Bug', 'green'],
      startDate: '2026-03-01',
      dueDate: '2026-03-05',
      createdAt: '2020-09-13T12:26:40.000Z',
      comments: [
        { author: ben.handle, body: 'first' },
        { author: ana.handle, body: '**gone:** second' },
      ],
    });
    expect(card.description).toBe('What to do\n\n### Steps\n\n- [x] one\n- [ ] two\n\n- [a  b](<https://example.com/a.pdf>)');
    expect(took, `${Math.round(took)} ms`).toBeLessThan(10_000);
  });

  it('into an existing project: columns and labels of the same name are used', async () => {
    const project = await ana.project();
    await ana.task(project.id);
    const { status, body } = await load({ format: 'trello', content: JSON.stringify(trelloBoard(3, ben.handle)), projectId: project.id });
    expect(status).toBe(201);
    expect(body.columns.map(({ name, isNew }) => [name, isNew])).toEqual([
      ['Backlog', true],
      ['Doing', true],
      ['Done', false],
    ]);
    const { items } = (await ana.call<{ items: Task[] }>('GET', `/tasks/projects/${project.id}/tasks`)).body;
    expect(items.map(({ humanId }) => humanId.split('-')[1])).toEqual(['1', '2', '3', '4']);
    const again = await load({ format: 'trello', content: JSON.stringify(trelloBoard(3, ben.handle)), projectId: project.id });
    expect(again.body.labels.every(({ isNew }) => !isNew)).toBe(true);
  });

  it('422 for other files, and for too much', async () => {
    for (const file of ['', 'not json', '[]', '{"name": 1}', '{"name":"x","lists":[],"cards":[{}]}', `${'['.repeat(100_000)}`]) {
      expect((await load({ format: 'trello', content: file, project: into() })).body).toMatchObject({
        status: 422,
        code: 'import_unreadable',
      });
    }
    const many = JSON.stringify(trelloBoard(10_001, ben.handle));
    expect((await load({ format: 'trello', content: many, project: into() })).body).toMatchObject({ status: 422 });
  });

  it('is all or nothing: a key that is taken leaves no trace', async () => {
    const taken = await ana.project();
    const [before] = await sql`select count(*) from events`;
    const answer = await load({ format: 'trello', content: JSON.stringify(trelloBoard(5, '')), project: { key: taken.key, name: 'x' } });
    expect(answer.body).toMatchObject({ status: 409, code: 'project_key_taken' });
    expect((await sql`select count(*) from events`)[0]).toEqual(before);
  });

  it('asks for the right to do it', async () => {
    const small = JSON.stringify(trelloBoard(1, ''));
    const project = await ana.project();
    expect((await load({ format: 'trello', content: small, projectId: project.id }, ben)).status).toBe(403);
    expect((await load({ format: 'trello', content: small, projectId: randomUUID() })).status).toBe(404);
    expect((await load({ format: 'trello', content: small, project: into() }, guest)).status).toBe(403);
    expect((await load({ format: 'trello', content: small, project: { ...into(), workspaceId: randomUUID() } })).status).toBe(404);
    expect((await load({ format: 'trello', content: small })).status).toBe(422);
    expect((await load({ format: 'trello', content: small, projectId: project.id, project: into() })).status).toBe(422);
  });
});

describe('other formats', () => {
  it('Todoist template (CSV)', async () => {
    const content = [
      'TYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE',
      'task,Buy paint @shop @home,two buckets,1,1,,,2026-04-01,en,UTC',
      'task,Choose the colour,,4,2,,,,,',
      'note,blue maybe,,,,Ana (123),,,,',
      'section,Later,,,,,,,,',
      'task,Paint,,3,1,,,every monday,en,UTC',
    ].join('\n');
    const { body } = await load({ format: 'todoist', content, project: into() });
    const { columns, tasks } = (await read(body.projectId!)).body;
    expect(columns.map(({ name }) => name)).toEqual(['To do', 'Later']);
    expect(tasks[0]).toMatchObject({
      title: 'Buy paint',
      priority: 'urgent',
      labels: ['home', 'shop'],
      dueDate: '2026-04-01',
      description: 'two buckets',
    });
    expect(tasks[1]).toMatchObject({
      title: 'Choose the colour',
      parent: tasks[0]!.number,
      priority: 'none',
      comments: [{ body: '**Ana:** blue maybe' }],
    });
    expect(body.notTakenOver).toEqual([{ what: 'date in words', count: 1, example: 'Paint: every monday' }]);
  });

  it('Todoist (Sync API), with a circle of parents', async () => {
    const item = (id: string, parent_id: string | null, more = {}) => ({ id, content: id, priority: 4, parent_id, labels: ['x'], ...more });
    const items = [
      item('a', 'b'),
      item('b', 'a'),
      item('c', null, { section_id: 's', due: { date: '2026-01-02', is_recurring: true } }),
      item('d', 'c', { checked: true }),
    ];
    const content = JSON.stringify({ sections: [{ id: 's', name: 'Soon' }], items, notes: [{ item_id: 'c', content: 'hm' }] });
    const { status, body } = await load({ format: 'todoist', content, project: into() });
    expect(status).toBe(201);
    expect(body).toMatchObject({ tasks: 4, comments: 1 });
    expect(body.notTakenOver.map(({ what }) => what)).toContain('repetition');
    const { tasks } = (await read(body.projectId!)).body;
    expect(tasks.find(({ title }) => title === 'd')).toMatchObject({
      parent: tasks.find(({ title }) => title === 'c')!.number,
      priority: 'urgent',
    });
  });

  it('CSV by the usual names, or a mapping', async () => {
    const content =
      'Summary;Status;Tags;Owner;Due Date;Points;Colour\nFix it;In Progress;a, b;@' +
      `${ben.handle};2026-05-01;3;red\n` +
      'Two;;;nobody;1.5.2026;;';
    const { body } = await load({ format: 'csv', content, project: into() });
    const { tasks, columns } = (await read(body.projectId!)).body;
    expect(columns.map(({ name, category }) => [name, category])).toEqual([
      ['In Progress', 'active'],
      ['To do', 'todo'],
    ]);
    expect(tasks[0]).toMatchObject({ title: 'Fix it', labels: ['a', 'b'], assignees: [ben.handle], dueDate: '2026-05-01', estimate: 3 });
    expect(body).toMatchObject({
      unknownPeople: ['nobody'],
      notTakenOver: [{ what: 'column of the file', example: 'Colour' }, { count: 1 }],
    });
    const mapped = await load({ format: 'csv', content, project: into(), mapping: { Colour: 'title' }, preview: true });
    expect(mapped.body.examples).toEqual(['red', 'Untitled']);
    expect((await load({ format: 'csv', content, project: into(), mapping: { Nothing: 'title' } })).status).toBe(422);
    expect((await load({ format: 'csv', content: 'a,"b\nc', project: into() })).status).toBe(422);
    expect((await load({ format: 'csv', content, project: into(), mapping: { Colour: 'colour' } })).status).toBe(400);
  });

  it('Vikunja', async () => {
    const content = JSON.stringify([
      {
        title: 'House',
        buckets: [{ id: 7, title: 'Doing' }],
        tasks: [
          {
            title: 'Roof',
            bucket_id: 7,
            priority: 4,
            due_date: '2026-06-01T10:00:00Z',
            start_date: '0001-01-01T00:00:00Z',
            labels: [{ title: 'Out', hex_color: 'ff0000' }],
          },
          { title: 'Door', done: true, repeat_after: 60, comments: [{ comment: 'oak', author: { username: 'bob' } }] },
        ],
      },
      { title: 'Empty', tasks: null },
    ]);
    const { body } = await load({ format: 'vikunja', content, project: into() });
    const { tasks, columns } = (await read(body.projectId!)).body;
    expect(columns.map(({ name }) => name)).toEqual(['Doing', 'Done']);
    expect(tasks).toMatchObject([
      { title: 'Roof', priority: 'urgent', dueDate: '2026-06-01', startDate: null, labels: ['Out'] },
      { title: 'Door', column: 1, comments: [{ body: '**bob:** oak' }] },
    ]);
  });
});

describe('export', () => {
  it('is read back without loss', async () => {
    const project = await ana.project();
    await ana.call('PATCH', `/tasks/projects/${project.id}`, { description: 'why' }, { 'if-match': `"${project.version}"` });
    const label = await ana.call<{ id: string }>('POST', '/tasks/labels', { name: 'Ü label', color: '#123456', projectId: project.id });
    const gap = await ana.task(project.id);
    const parent = await ana.task(project.id, {
      title: 'Parent ✓ "q"',
      description: '# x\n\n=1+1',
      estimate: 2.5,
      dueDate: '2027-01-31',
      labelIds: [label.body.id],
    });
    const child = await ana.task(project.id, {
      parentId: parent.id,
      assigneeIds: [ben.userId],
      priority: 'high',
      columnId: project.columns[1]!.id,
    });
    await ana.call('POST', `/tasks/${child.id}/comments`, { body: 'hm' });
    await ana.call('POST', `/tasks/${child.id}/relations`, { type: 'blocks', taskId: parent.id });
    await ana.call('PUT', `/tasks/${parent.id}/recurrence`, { rule: 'FREQ=WEEKLY' }, { 'if-match': '"1"' });
    await sql`update tasks set deleted_at = now() where id = ${gap.id}`;
    const first = (await read(project.id)).body;
    expect(first.tasks).toHaveLength(2);
    expect(first.relations).toHaveLength(1);
    const { status, body } = await load({ format: 'taskflow', content: JSON.stringify(first), project: into() });
    expect(status).toBe(201);
    expect(body.notTakenOver).toEqual([]);
    const second = (await read(body.projectId!)).body;
    const { project: a, ...one } = first;
    const { project: b, ...two } = second;
    expect(two).toEqual(one);
    expect(b.description).toBe(a.description);
  });

  it('CSV runs no formulas; 404 for others', async () => {
    const project: Project = await ana.project();
    await ana.task(project.id, { title: '=HYPERLINK("http://x")', description: 'a "b", c' });
    const answer = await fetch(`${server.url}/tasks/projects/${project.id}/export.csv`, {
      headers: { authorization: `Bearer ${ana.token}` },
    });
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await answer.text()).toContain(`"'=HYPERLINK(""http://x"")","a ""b"", c",To do`);
    const stranger = await person({ [randomUUID()]: 'owner' });
    expect((await stranger.call('GET', `/tasks/projects/${project.id}/export.json`)).status).toBe(404);
    expect((await stranger.call('GET', `/tasks/projects/${project.id}/export.csv`)).status).toBe(404);
  });
});

describe('calendar', () => {
  it('has the due dates of one person at a secret address that can be revoked', async () => {
    const project = await ana.project();
    const hidden = await ana.project({ private: true });
    await ana.task(project.id, { title: 'Pay; the, rent', dueDate: '2099-02-28', assigneeIds: [ben.userId] });
    await ana.task(project.id, { title: 'Not his', dueDate: '2099-02-28' });
    await sql`
      with t as (select id from tasks where id = ${(await ana.task(hidden.id, { title: 'Secret', dueDate: '2099-02-28' })).id})
      update tasks set assignee_ids = array[${ben.userId}::uuid] from t where tasks.id = t.id`;
    const { status, body } = await ben.call<{ path: string }>('POST', '/tasks/calendar');
    expect(status).toBe(201);
    const answer = await fetch(server.url + body.path);
    expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    const text = await answer.text();
    expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(1);
    expect(text).toContain('DTSTART;VALUE=DATE:20990228');
    expect(text).toContain('Pay\\; the\\, rent');
    const next = await ben.call<{ path: string }>('POST', '/tasks/calendar');
    expect((await fetch(server.url + body.path)).status).toBe(404);
    expect((await fetch(server.url + next.body.path)).status).toBe(200);
    expect((await ben.call('DELETE', '/tasks/calendar')).status).toBe(204);
    expect((await fetch(server.url + next.body.path)).status).toBe(404);
    expect((await fetch(`${server.url}/tasks/calendar/short.ics`)).status).toBe(400);
    expect((await fetch(`${server.url}/tasks/calendar`, { method: 'POST' })).status).toBe(401);
  });
});
