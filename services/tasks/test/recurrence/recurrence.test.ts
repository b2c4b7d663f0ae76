import { randomUUID } from 'node:crypto';
import type { Recurrence } from '@taskflow/contracts/recurrence';
import type { Task } from '@taskflow/contracts/tasks';
import { until } from '@taskflow/testing/until';
import { describe, expect, it } from 'vitest';
import { checkRule, nextDates } from '../../src/recurrence/rule.ts';
import { ifMatch, tasksService } from '../harness.ts';

describe('rules', () => {
  it.each([
    ['FREQ=DAILY', '2026-03-28', '2026-03-28', ['2026-03-29', '2026-03-30']],
    ['FREQ=WEEKLY;BYDAY=MO,TH', '2026-01-01', '2026-01-01', ['2026-01-05', '2026-01-08']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', '2026-01-05', '2026-01-10', ['2026-01-19', '2026-02-02']],
    ['FREQ=MONTHLY;BYMONTHDAY=31', '2026-01-31', '2026-01-31', ['2026-03-31', '2026-05-31']],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-01-31', '2026-01-31', ['2026-02-28', '2026-03-31']],
    ['FREQ=MONTHLY;BYDAY=-1FR', '2026-01-30', '2026-01-30', ['2026-02-27', '2026-03-27']],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2024-02-29', '2024-02-29', ['2028-02-29', '2032-02-29']],
    ['FREQ=DAILY;COUNT=3', '2026-01-01', '2026-01-01', ['2026-01-02', '2026-01-03']],
    ['FREQ=DAILY;COUNT=3', '2026-01-01', '2026-01-03', []],
    ['FREQ=DAILY;UNTIL=20260102', '2026-01-01', '2026-01-01', ['2026-01-02']],
  ])('%s from %s after %s', (rule, start, after, expected) => {
    expect(nextDates(checkRule(rule), start, after, 2)).toEqual(expected);
  });

  it.each([
    ['', 'no part of a rule'],
    ['FREQ=HOURLY', 'expected one of DAILY'],
    ['INTERVAL=2', 'FREQ is missing'],
    ['FREQ=DAILY;BYSECOND=1', 'BYSECOND is not supported'],
    ['FREQ=DAILY;FREQ=DAILY', 'twice'],
    ['FREQ=DAILY;INTERVAL=0', 'INTERVAL is 0'],
    ['FREQ=DAILY;COUNT=99999', 'COUNT is 99999'],
    ['FREQ=DAILY;COUNT=2;UNTIL=20260101', 'exclude'],
    ['FREQ=DAILY;UNTIL=20260231', 'UNTIL is no date'],
    ['FREQ=DAILY\nDTSTART:2020', 'no part of a rule'],
  ])('refuses %j', (rule, reason) => {
    expect(() => checkRule(rule)).toThrow(reason);
  });

  it('gives up soon on a rule without dates', () => {
    const begin = performance.now();
    expect(() => nextDates('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', '2026-01-01', '2026-01-01', 1)).toThrow('no dates');
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

describe('recurring tasks', async () => {
  const { sql, replica, person, events } = await tasksService();
  await replica();
  const workspace = randomUUID();
  const ana = await person({ [workspace]: 'member' });
  const project = await ana.project();
  const [todo, , done] = project.columns;
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const all = async () => (await ana.call<{ items: Task[] }>('GET', `/tasks/projects/${project.id}/tasks?limit=200`)).body.items;
  const set = (task: Task, rule: string, timeZone = 'Europe/Zurich') =>
    ana.call<Recurrence>('PUT', `/tasks/${task.id}/recurrence`, { rule, timeZone }, ifMatch(task));
  const current = async (task: Task) => (await ana.call<Task>('GET', `/tasks/${task.id}`)).body;
  const move = (task: Task, columnId: string) => ana.call<Task>('POST', `/tasks/${task.id}/move`, { columnId }, ifMatch(task));

  it('comes again once when done, with its dates moved on, until the rule ends', async () => {
    const task = await ana.task(project.id, { title: 'Water', startDate: day(4), dueDate: day(5), priority: 'low' });
    const answer = await set(task, 'FREQ=DAILY;COUNT=2');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ rule: 'FREQ=DAILY;COUNT=2', startsOn: day(5), timeZone: 'Europe/Zurich', next: [day(6)] });
    const moved = (await move(await current(task), done!.id)).body;
    const next = await until(async () => (await all()).find(({ title, id }) => title === 'Water' && id !== task.id));
    expect(next).toMatchObject({ startDate: day(5), dueDate: day(6), priority: 'low', columnId: todo!.id });
    expect((await ana.call('GET', `/tasks/${task.id}/recurrence`)).status).toBe(204);
    const back = (await move(moved, todo!.id)).body;
    await move(back, done!.id);
    await move(next, done!.id);
    await until(async () => (await sql`select from recurrences`).length === 0);
    expect((await all()).filter(({ title }) => title === 'Water')).toHaveLength(2);
    expect((await events(next.id)).map(({ type }) => type)).toEqual(['task.created', 'task.moved']);
  });

  it('makes one successor of each of many done at once, by several processes', async () => {
    const tasks = await Promise.all(
      Array.from({ length: 12 }, (_, index) => ana.task(project.id, { title: `many ${index}`, dueDate: day(1) })),
    );
    for (const task of tasks) expect((await set(task, 'FREQ=WEEKLY')).status).toBe(200);
    await Promise.all(tasks.map(async (task) => move(await current(task), done!.id)));
    const many = async () => (await all()).filter(({ title }) => title.startsWith('many'));
    await until(async () => (await many()).length >= 24);
    await until(
      async () => (await sql`select from recurrences r join tasks t on t.id = r.task_id where t.column_id = ${done!.id}`).length === 0,
    );
    const made = (await many()).filter(({ columnId }) => columnId === todo!.id);
    expect(made.map(({ title }) => title).sort()).toEqual(tasks.map(({ title }) => title).sort());
  });

  it('skips what was missed', async () => {
    const late = await ana.task(project.id, { title: 'late', dueDate: day(-30) });
    const { body } = await set(late, 'FREQ=DAILY', 'UTC');
    expect(body.next[0]).toBe(day(0));
  });

  it('404, 409, 412, 422, 428, and delete', async () => {
    const task = await ana.task(project.id);
    expect((await set(task, 'FREQ=SECONDLY')).body).toMatchObject({ status: 422, code: 'recurrence_invalid' });
    expect((await set(task, 'FREQ=DAILY;UNTIL=20200101')).status).toBe(422);
    expect((await set(task, 'FREQ=DAILY', 'Mars/Base')).status).toBe(400);
    expect((await ana.call('PUT', `/tasks/${task.id}/recurrence`, { rule: 'FREQ=DAILY' })).status).toBe(428);
    expect((await set({ ...task, version: 7 }, 'FREQ=DAILY')).status).toBe(412);
    const stranger = await person({ [randomUUID()]: 'owner' });
    expect((await stranger.call('PUT', `/tasks/${task.id}/recurrence`, { rule: 'FREQ=DAILY' }, ifMatch(task))).status).toBe(404);
    expect((await stranger.call('GET', `/tasks/${task.id}/recurrence`)).status).toBe(404);
    expect((await set(task, 'rrule:freq=daily')).status).toBe(200);
    const deleted = await ana.call('DELETE', `/tasks/${task.id}/recurrence`, undefined, ifMatch(await current(task)));
    expect(deleted.status).toBe(204);
    expect((await ana.call('GET', `/tasks/${task.id}/recurrence`)).status).toBe(204);
    expect((await events(task.id)).at(-1)).toMatchObject({ changes: [{ field: 'recurrence', from: 'FREQ=DAILY', to: null }] });
  });
});
