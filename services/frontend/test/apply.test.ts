import type { StreamEvent } from '@taskflow/contracts/feed';
import { describe, expect, it } from 'vitest';
import { applyToBoard as applyChanges, findCard, placeOf } from '../src/changes/apply.ts';
import type { Change } from '../src/changes/change.ts';
import { applyToBoard as applyEvent } from '../src/live/apply-events.ts';
import { board, card, places } from './boards.ts';

const change = (more: Partial<Change>): Change => ({ id: 'c', projectId: 'p', taskId: '2', name: 'ENG-2', version: 1, ...more }) as Change;
const three = () => board({ a: [card('1'), card('2'), card('3')], b: [card('4')], done: [] });

describe('what a board will be', () => {
  it.each([
    [{ columnId: 'b' }, { a: ['1', '3'], b: ['4', '2'], done: [] }],
    [
      { columnId: 'b', before: '4' },
      { a: ['1', '3'], b: ['2', '4'], done: [] },
    ],
    [
      { columnId: 'a', after: '3' },
      { a: ['1', '3', '2'], b: ['4'], done: [] },
    ],
    [
      { columnId: 'a', before: 'gone', after: '1' },
      { a: ['1', '2', '3'], b: ['4'], done: [] },
    ],
  ])('a move to %o', (to, expected) => {
    expect(places(applyChanges(three(), [change({ kind: 'move', to })]))).toEqual(expected);
  });

  it('a patch leaves out what it empties, and touches no other column', () => {
    const before = board({ a: [card('2', { dueDate: '2026-01-01', priority: 'high' })], b: [card('4')] });
    const after = applyChanges(before, [change({ kind: 'patch', to: { dueDate: null, priority: 'none', title: 'New' } })]);
    expect(findCard(after, '2')).toEqual(card('2', { title: 'New' }));
    expect(after.columns[1]).toBe(before.columns[1]);
  });

  it('a new task stands at the end until the server knows it; a deleted one is gone', () => {
    const create = change({ kind: 'create', taskId: 'new:1', body: { title: 'More', columnId: 'b' } });
    expect(places(applyChanges(three(), [create, change({ kind: 'delete' })]))).toEqual({ a: ['1', '3'], b: ['4', 'new:1'], done: [] });
  });

  it('where a card stands, for taking a move back', () => {
    expect(placeOf(three(), '2')).toEqual({ columnId: 'a', after: '1', before: '3' });
    expect(placeOf(three(), 'gone')).toBeUndefined();
  });
});

describe('what others did', () => {
  const snapshot = (id: string, columnId: string, version: number, more = {}) => ({
    id,
    humanId: `ENG-${id}`,
    title: `Task ${id}`,
    columnId,
    category: 'todo',
    priority: 'none',
    assigneeIds: [],
    labelIds: [],
    parentId: null,
    startDate: null,
    dueDate: null,
    estimate: null,
    createdAt: '2026-01-01T00:00:00Z',
    version,
    deleted: false,
    ...more,
  });
  const event = (type: string, task: object, rank?: string) =>
    ({ type, taskId: (task as { id: string }).id, task, data: { rank } }) as unknown as StreamEvent;

  it('a task goes where its rank says', () => {
    expect(places(applyEvent(three(), event('task.moved', snapshot('4', 'a', 2), '15')))).toEqual({
      a: ['1', '4', '2', '3'],
      b: [],
      done: [],
    });
    expect(places(applyEvent(three(), event('task.created', snapshot('5', 'b', 1), '0')))).toEqual({
      a: ['1', '2', '3'],
      b: ['5', '4'],
      done: [],
    });
  });

  it('what is older than what is known changes nothing', () => {
    const before = board({ a: [card('1', { version: 5 })], b: [] });
    expect(applyEvent(before, event('task.moved', snapshot('1', 'b', 4), '1'))).toBe(before);
  });

  it('a deleted task goes, and its parent counts anew', () => {
    const before = board({ a: [card('1', { subtasks: [1, 2] }), card('2', { parentId: '1' })], done: [card('3', { parentId: '1' })] });
    const after = applyEvent(before, event('task.deleted', snapshot('2', 'a', 2, { deleted: true })));
    expect(places(after)).toEqual({ a: ['1'], done: ['3'] });
    expect(findCard(after, '1')?.subtasks).toEqual([1, 1]);
  });

  it('comments are counted', () => {
    const after = applyEvent(three(), event('comment.created', snapshot('2', 'a', 1)));
    expect(findCard(after, '2')?.comments).toBe(1);
    expect(findCard(applyEvent(after, event('comment.deleted', snapshot('2', 'a', 1))), '2')?.comments).toBeUndefined();
  });
});
