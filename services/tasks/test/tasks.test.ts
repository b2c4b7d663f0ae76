import { randomUUID } from 'node:crypto';
import type { Board, Task } from '@taskflow/contracts/tasks';
import { expect, it } from 'vitest';
import { ifMatch, tasksService } from './harness.ts';

const { person, events } = await tasksService();
const workspace = randomUUID();
const ana = await person({ [workspace]: 'member' });

it('takes a task from To do to Done', async () => {
  const project = await ana.project({ key: 'ENG', name: 'Engine' });
  expect(project.columns.map(({ name }) => name)).toEqual(['To do', 'In progress', 'Done']);
  const task = await ana.task(project.id, { title: 'Fit the valve' });
  expect(task).toMatchObject({ humanId: 'ENG-1', columnId: project.columns[0]!.id, priority: 'none', version: 1 });

  const patched = await ana.call<Task>('PATCH', `/tasks/${task.id}`, { priority: 'high', dueDate: '2027-01-31' }, ifMatch(task));
  expect(patched.status).toBe(200);
  expect(patched.body).toMatchObject({ priority: 'high', dueDate: '2027-01-31', title: 'Fit the valve', version: 2 });
  const moved = await ana.call<Task>('POST', `/tasks/${task.id}/move`, { columnId: project.columns[2]!.id }, ifMatch(patched.body));
  expect(moved.body).toMatchObject({ category: 'done', version: 3 });
  expect((await ana.call('GET', '/tasks/ENG-1')).body).toEqual(moved.body);

  const board = await ana.call<Board>('GET', `/tasks/projects/${project.id}/board`);
  expect(board.body.columns.map(({ cards }) => cards.length)).toEqual([0, 0, 1]);
  const again = await ana.call('GET', `/tasks/projects/${project.id}/board`, undefined, { 'if-none-match': board.headers.get('etag')! });
  expect(again.status).toBe(304);
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
});
