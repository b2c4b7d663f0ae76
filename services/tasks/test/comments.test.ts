import { randomUUID } from 'node:crypto';
import type { Comment, Task } from '@taskflow/contracts/tasks';
import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { ifMatch, type Person, tasksService } from './harness.ts';

const { person, events, sql, issuer } = await tasksService();
const workspace = randomUUID();
const ana = await person({ [workspace]: 'member' });
const ben = await person({ [workspace]: 'member' });
const project = await ana.project();

const comment = (who: Person, task: Task, body: string) => who.call<Comment>('POST', `/tasks/${task.id}/comments`, { body });
const notified = async (task: Task) =>
  Object.fromEntries((await events(task.id)).at(-1)!.notify.map(({ userId, reason }) => [userId, reason]));

describe('comments', () => {
  it('cannot hold the one character that no text of the database can', async () => {
    const answer = await comment(ana, await ana.task(project.id), 'a\0b');
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/body/body', code: 'nul_character' }] } });
  });

  it('are written, changed, deleted and restored', async () => {
    const task = await ana.task(project.id);
    const { status, body } = await comment(ana, task, 'Tight *enough*?');
    expect(status).toBe(201);
    const url = `/tasks/${task.id}/comments/${body.id}`;
    expect((await ben.call('PATCH', url, { body: 'x' }, ifMatch(body))).status).toBe(403);
    expect((await ana.call('PATCH', url, { body: 'x' })).status).toBe(428);
    const changed = (await ana.call<Comment>('PATCH', url, { body: 'Tight.' }, ifMatch(body))).body;
    expect(changed).toMatchObject({ body: 'Tight.', version: 2 });
    expect(await ana.call('PATCH', url, { body: 'x' }, ifMatch(body))).toMatchObject({ status: 412, body: { current: changed } });
    expect((await ben.call('DELETE', url, undefined, ifMatch(changed))).status).toBe(403);
    expect((await ana.call('DELETE', url, undefined, ifMatch(changed))).status).toBe(204);
    const list = async (query = '') => (await ana.call<{ items: Comment[] }>('GET', `/tasks/${task.id}/comments${query}`)).body.items;
    expect(await list()).toEqual([]);
    const [gone] = await list('?deleted=true');
    expect((await ben.call('POST', `${url}/restore`, undefined, ifMatch(gone!))).status).toBe(403);
    expect((await ana.call('POST', `${url}/restore`, undefined, ifMatch(gone!))).status).toBe(200);
    expect(await list()).toMatchObject([{ id: body.id, body: 'Tight.', deletedAt: null }]);
    expect((await events(task.id)).map(({ type }) => type)).toEqual([
      'task.created',
      'comment.created',
      'comment.updated',
      'comment.deleted',
      'comment.updated',
    ]);
  });

  it('are counted on the board, and leave the version of the task as it is', async () => {
    const task = await ana.task(project.id);
    await Promise.all(Array.from({ length: 5 }, () => comment(ben, task, 'x')));
    const { body } = await ana.call<{ columns: Array<{ cards: Array<{ id: string }> }> }>('GET', `/tasks/projects/${project.id}/board`);
    expect(body.columns[0]!.cards.find(({ id }) => id === task.id)).toMatchObject({ comments: 5, version: 1 });
  });

  it('page oldest first', async () => {
    const task = await ana.task(project.id);
    for (const body of ['1', '2', '3']) await comment(ana, task, body);
    const first = await ana.call<{ items: Comment[]; nextCursor: string }>('GET', `/tasks/${task.id}/comments?limit=2`);
    const next = await ana.call<{ items: Comment[] }>('GET', `/tasks/${task.id}/comments?limit=2&cursor=${first.body.nextCursor}`);
    expect([...first.body.items, ...next.body.items].map(({ body }) => body)).toEqual(['1', '2', '3']);
  });

  it('are told to the creator, assignees, earlier commenters and who is mentioned, each once', async () => {
    const carl = await person({ [workspace]: 'member' });
    const dora = await person({ [workspace]: 'member' });
    const task = await ana.task(project.id, { assigneeIds: [carl.userId] });
    await comment(ben, task, 'First');
    expect(await notified(task)).toEqual({ [ana.userId]: 'commented', [carl.userId]: 'commented' });
    await comment(carl, task, `@${dora.handle} and @${ben.handle}, look`);
    expect(await notified(task)).toEqual({ [ana.userId]: 'commented', [ben.userId]: 'mentioned', [dora.userId]: 'mentioned' });
  });

  it('mention people, but not in code, in addresses, or who may not see the task', async () => {
    const guest = await person({ [workspace]: 'guest' });
    const task = await ana.task(project.id);
    const text = `\`@${ben.handle}\` me@${ben.handle} /@${ben.handle} \`\`\`\n@${ben.handle}\n\`\`\` @nobody @${guest.handle}`;
    const { body } = await comment(ana, task, text);
    expect(body.mentionIds).not.toContain(ben.userId);
    expect(await notified(task)).toEqual({});
    const second = await comment(ana, task, `(@${ben.handle.toUpperCase()}).`);
    expect(second.body.mentionIds).toEqual([ben.userId]);
  });

  it('tell only those whom an edit newly mentions', async () => {
    const task = await ana.task(project.id);
    const { body } = await comment(ben, task, 'x');
    await ben.call('PATCH', `/tasks/${task.id}/comments/${body.id}`, { body: `@${ana.handle} x` }, ifMatch(body));
    expect(await notified(task)).toEqual({ [ana.userId]: 'mentioned' });
    await ben.call('PATCH', `/tasks/${task.id}/comments/${body.id}`, { body: `@${ana.handle} y` }, { 'if-match': '"2"' });
    expect(await notified(task)).toEqual({});
  });

  it('are not taken in an archived project', async () => {
    const archive = await ana.project();
    const task = await ana.task(archive.id);
    await ana.call('PATCH', `/tasks/projects/${archive.id}`, { archived: true }, ifMatch(archive));
    expect(await comment(ana, task, 'x')).toMatchObject({ status: 409, body: { code: 'project_archived' } });
    expect((await ana.call('PATCH', `/tasks/${task.id}`, { title: 'x' }, ifMatch(task))).status).toBe(409);
    expect((await ana.call('GET', `/tasks/${task.id}`)).status).toBe(200);
  });
});

describe('while auth is away', () => {
  it('comments are taken, known people are told at once and unknown ones when auth is back', async () => {
    const elsewhere = randomUUID();
    const writer = await person({ [elsewhere]: 'member' });
    const known = await person({ [elsewhere]: 'member' });
    const board = await writer.project();
    const task = await writer.task(board.id);
    const late = {
      userId: randomUUID(),
      handle: 'late-comer',
      name: 'Late',
      email: 'late@example.org',
      role: 'member' as const,
      active: true,
    };
    issuer.down = true;
    const { status, body } = await comment(writer, task, `@late-comer, ask @${known.handle} or @nobody-at-all`);
    expect([status, body.mentionIds]).toEqual([201, [known.userId]]);
    expect(await notified(task)).toEqual({ [known.userId]: 'mentioned' });
    issuer.members.get(elsewhere)!.push(late);
    issuer.down = false;
    await until(async () => (await notified(task))[late.userId], { what: 'the mention' });
    expect(await notified(task)).toEqual({ [late.userId]: 'mentioned' });
    await until(async () => (await sql`select from comments where mentions_pending`).length === 0, { what: 'the end of looking' });
  });

  it('nobody is assigned whose right to see the project cannot be checked', async () => {
    issuer.down = true;
    const someone = await person({ [workspace]: 'member', [randomUUID()]: 'member' });
    const reply = await someone.call('POST', `/tasks/projects/${project.id}/tasks`, { title: 'x', assigneeIds: [ben.userId] });
    expect(reply).toMatchObject({ status: 503, body: { code: 'directory_unavailable' } });
    expect(reply.headers.get('retry-after')).toBe('2');
    expect((await someone.call('POST', `/tasks/projects/${project.id}/tasks`, { title: 'x' })).status).toBe(201);
    issuer.down = false;
  });
});
