import { randomUUID } from 'node:crypto';
import type { SavedFilter } from '@taskflow/contracts/search';
import type { Task } from '@taskflow/contracts/tasks';
import { describe, expect, it } from 'vitest';
import { ifMatch, type Person, tasksService } from '../harness.ts';

const { sql, person } = await tasksService();
const workspace = randomUUID();
const ana = await person({ [workspace]: 'member' });
const ben = await person({ [workspace]: 'member' });
const stranger = await person({ [randomUUID()]: 'owner' });
const project = await ana.project({ key: 'ENG' });
const secret = await ana.project({ key: 'SEC', private: true });
const [, , done] = project.columns;
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

const label = await ana.call<{ id: string }>('POST', '/tasks/labels', { name: 'Needs Review', color: '#ff0000', projectId: project.id });
const valve = await ana.task(project.id, { title: 'Fit the valve', description: 'Café crème brûlée', priority: 'high', dueDate: day(3) });
const pump = await ana.task(project.id, {
  title: 'Pump half-done',
  assigneeIds: [ben.userId],
  labelIds: [label.body.id],
  dueDate: day(-2),
});
const pipe = await ana.task(project.id, { title: 'Straße und Pipe', columnId: done!.id, estimate: 2.5, parentId: pump.id });
const hidden = await ana.task(secret.id, { title: 'Secret valve' });
await ana.call('POST', `/tasks/${pipe.id}/comments`, { body: 'looks like a flange to me' });
await ana.call('POST', `/tasks/${valve.id}/relations`, { type: 'blocks', taskId: pump.id });

async function find(who: Person, q: string, more = ''): Promise<string[]> {
  const { status, body } = await who.call<{ items: Task[] }>('GET', `/tasks/search?q=${encodeURIComponent(q)}${more}`);
  if (status !== 200) throw new Error(`${q}: ${status} ${JSON.stringify(body)}`);
  return body.items.map(({ humanId }) => humanId).sort();
}

describe('GET /tasks/search', () => {
  const [VALVE, PUMP, PIPE, HIDDEN] = [valve.humanId, pump.humanId, pipe.humanId, hidden.humanId];

  it.each<[string, string[]]>([
    ['', [VALVE, PUMP, PIPE, HIDDEN]],
    ['valve', [VALVE, HIDDEN]],
    ['val', [VALVE, HIDDEN]],
    ['val ', []],
    ['"fit the"', [VALVE]],
    ['"the fit"', []],
    ['cafe', [VALVE]],
    ['CRÈME', [VALVE]],
    ['strasse', [PIPE]],
    ['half done', [PUMP]],
    ['half-done', [PUMP]],
    ['half-do', [PUMP]],
    ['eng-1', [VALVE]],
    ['flange', [PIPE]],
    ['pipe flange', [PIPE]],
    ['valve OR pump', [VALVE, PUMP, HIDDEN]],
    ['valve -fit ', [HIDDEN]],
    ['-(valve OR pump)', [PIPE]],
    ['project:ENG valve', [VALVE]],
    ['project:eng', [VALVE, PUMP, PIPE]],
    ['project:ENG assignee:none', [VALVE, PIPE]],
    ['assignee:any', [PUMP]],
    ['assignee:me', []],
    [`assignee:@${ben.handle}`, [PUMP]],
    [`author:me project:ENG,SEC`, [VALVE, PUMP, PIPE, HIDDEN]],
    ['label:"needs review"', [PUMP]],
    ['project:ENG -label:"needs review"', [VALVE, PIPE]],
    ['project:ENG label:none', [VALVE, PIPE]],
    ['is:done', [PIPE]],
    ['project:ENG is:open', [VALVE, PUMP]],
    ['is:overdue', [PUMP]],
    ['is:blocked', [PUMP]],
    ['is:blocking', [VALVE]],
    ['is:subtask', [PIPE]],
    ['is:recurring', []],
    ['column:done', [PIPE]],
    ['priority>=medium', [VALVE]],
    ['project:ENG priority:none', [PUMP, PIPE]],
    ['estimate>2', [PIPE]],
    ['project:ENG -estimate>2', [VALVE, PUMP]],
    ['parent:ENG-2', [PIPE]],
    ['due<7d', [VALVE, PUMP]],
    ['due:today', []],
    [`due:${day(3)}`, [VALVE]],
    ['project:ENG due:none', [PIPE]],
    ['created>=today project:ENG', [VALVE, PUMP, PIPE]],
    ['updated<-1d', []],
    [`"'; drop table tasks; --"`, []],
    [`"100% \\ _ ' $1 ok"`, []],
  ])('%s', async (q, expected) => {
    expect(await find(ana, q)).toEqual([...expected].sort());
  });

  it('finds only what the person may see', async () => {
    expect(await find(ben, 'valve')).toEqual([VALVE]);
    expect(await find(ben, 'project:SEC')).toEqual([]);
    expect(await find(ben, 'NOT zzz ')).toEqual([VALVE, PUMP, PIPE].sort());
    expect(await find(stranger, '')).toEqual([]);
  });

  it('forgets deleted comments and what a title said before', async () => {
    await sql`update comments set deleted_at = now() where deleted_at is null`;
    expect(await find(ana, 'flange')).toEqual([]);
  });

  it('puts the title before the text, and pages without a gap or a double', async () => {
    const own = await ana.project();
    for (let index = 0; index < 7; index++) {
      await ana.task(own.id, index % 2 ? { title: `gasket ${index}` } : { title: `part ${index}`, description: 'a gasket' });
    }
    const seen: Task[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await ana.call<{ items: Task[]; nextCursor: string | null }>('GET', `/tasks/search?q=gasket&limit=2${cursor}`);
      seen.push(...body.items);
      if (!body.nextCursor) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen.map(({ title }) => title)).toEqual(['gasket 5', 'gasket 3', 'gasket 1', 'part 6', 'part 4', 'part 2', 'part 0']);
  });

  it('400 points at the column', async () => {
    const { status, body } = await ana.call('GET', '/tasks/search?q=valve%20is:lost');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'malformed_request', column: 10, expected: expect.arrayContaining(['open']) });
    expect(body).toMatchObject({
      errors: [{ pointer: '/querystring/q', code: 'query_value_wrong', params: { column: 10, field: 'is', value: 'lost' } }],
    });
    expect((await ana.call('GET', '/tasks/search')).status).toBe(400);
    expect(await ana.call('GET', '/tasks/search?q=&timeZone=Mars/Base')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/querystring/timeZone', code: 'wrong_format', params: { format: 'time-zone' } }] },
    });
    expect((await ana.call('GET', '/tasks/search?q=a&cursor=x')).status).toBe(400);
  });
});

describe('saved filters', () => {
  const names = async (who: Person, query = '') =>
    (await who.call<{ items: SavedFilter[] }>('GET', `/tasks/filters${query}`)).body.items.map(({ name }) => name);

  it('belong to a person, or are shared by a project', async () => {
    const own = await ana.call<SavedFilter>('POST', '/tasks/filters', { name: 'Mine', query: 'assignee:me' });
    expect(own.status).toBe(201);
    const shared = await ana.call<SavedFilter>('POST', '/tasks/filters', { name: 'Late', query: 'is:overdue', projectId: project.id });
    await ana.call('POST', '/tasks/filters', { name: 'Secrets', query: '', projectId: secret.id });
    expect(await names(ana)).toEqual(['Late', 'Mine', 'Secrets']);
    expect(await names(ana, `?projectId=${project.id}`)).toEqual(['Late']);
    expect(await names(ben)).toEqual(['Late']);
    expect((await ana.call('POST', '/tasks/filters', { name: 'mine', query: '' })).status).toBe(409);
    expect((await ana.call('POST', '/tasks/filters', { name: 'x', query: 'is:' })).body).toMatchObject({ status: 400, column: 4 });
    expect((await ben.call('POST', '/tasks/filters', { name: 'x', query: '', projectId: secret.id })).status).toBe(404);

    const path = `/tasks/filters/${shared.body.id}`;
    expect((await ben.call('PATCH', path, { name: 'x' }, ifMatch(shared.body))).status).toBe(403);
    expect((await stranger.call('PATCH', path, { name: 'x' }, ifMatch(shared.body))).status).toBe(404);
    expect((await ana.call('PATCH', path, { name: 'x' })).status).toBe(428);
    expect((await ana.call('PATCH', path, { query: 'due:' }, ifMatch(shared.body))).status).toBe(400);
    const patched = await ana.call<SavedFilter>('PATCH', path, { query: 'is:open' }, ifMatch(shared.body));
    expect(patched.body).toMatchObject({ name: 'Late', query: 'is:open', version: 2 });
    const stale = await ana.call('PATCH', path, { name: 'x' }, ifMatch(shared.body));
    expect(stale).toMatchObject({ status: 412, body: { current: patched.body } });
    expect((await ben.call('DELETE', path, undefined, ifMatch(patched.body))).status).toBe(403);
    expect((await ana.call('DELETE', path, undefined, ifMatch(patched.body))).status).toBe(204);
    expect((await ben.call('DELETE', `/tasks/filters/${own.body.id}`, undefined, ifMatch(own.body))).status).toBe(404);
  });
});
