import type { Task } from '@taskflow/contracts/tasks';
import { describe, expect, it } from 'vitest';
import { ApiProblem, NoAnswer } from '../src/api/problem.ts';
import { type Change, inverse, rebase } from '../src/changes/change.ts';
import { ChangeQueue } from '../src/changes/queue.ts';

const task = (more: Partial<Task> = {}): Task =>
  ({ id: 't', title: 'Old', columnId: 'a', assigneeIds: ['ana'], version: 1, ...more }) as Task;
let serial = 0;
const patch = (to: object, from: object, more = {}): Change =>
  ({ id: `change ${++serial}`, projectId: 'p', taskId: 't', name: 'ENG-1', version: 1, kind: 'patch', to, from, ...more }) as Change;
const refusal = (status: number, code: string, more = {}) => new ApiProblem({ type: 'about:blank', title: code, status, code, ...more });

/** A queue that sends to `send`, and what became of its changes. */
function trial(send: (change: Change) => Task | undefined | Promise<Task | undefined>) {
  const happened: string[] = [];
  const pauses: number[] = [];
  const queue = new ChangeQueue({
    send: async (change) => send(change),
    accept: (change) => happened.push(`accepted ${change.id}`),
    refused: (change, error) => happened.push(`refused ${change.id} ${(error as ApiProblem).code}`),
    conflict: (change, _current, fields) => happened.push(`conflict ${change.id} ${fields.join()}`),
    wait: async (milliseconds) => void pauses.push(milliseconds),
  });
  return { queue, happened, pauses };
}

describe('the queue of changes', () => {
  it('sends one after the other, each with the version that the one before has made', async () => {
    const versions: number[] = [];
    let version = 1;
    const { queue } = trial((change) => {
      versions.push(change.version);
      return task({ version: ++version });
    });
    const [first, second] = [patch({ title: 'A' }, { title: 'Old' }), patch({ title: 'B' }, { title: 'A' })];
    queue.submit(first, second);
    expect(queue.state.changes).toHaveLength(2); // shown before anything is sent
    expect(await queue.result(second.id)).toMatchObject({ taskId: 't', version: 3 });
    expect(versions).toEqual([1, 2]);
    expect(queue.state.changes).toHaveLength(0);
  });

  it('waits while the server is away, longer each time, and loses nothing', async () => {
    let attempts = 0;
    const { queue, pauses } = trial(() => {
      if (++attempts < 4) throw new NoAnswer('away');
      return task({ version: 2 });
    });
    const change = patch({ title: 'A' }, { title: 'Old' });
    queue.submit(change);
    expect(await queue.result(change.id)).toMatchObject({ version: 2 });
    expect(pauses).toEqual([1000, 2000, 4000]);
    await expect.poll(() => queue.state.isWaiting).toBe(false);
  });

  it('stops when the session ends, until it is begun again', async () => {
    let attempts = 0;
    const { queue, happened, pauses } = trial(() => {
      if (++attempts === 1) throw refusal(401, 'unauthenticated');
      return task({ version: 2 });
    });
    const change = patch({ title: 'A' }, { title: 'Old' });
    queue.submit(change);
    await expect.poll(() => queue.state.isWaiting).toBe(true);
    expect(pauses).toEqual([]);
    queue.start();
    expect(await queue.result(change.id)).toMatchObject({ version: 2 });
    expect(happened).toEqual([`accepted ${change.id}`]);
  });

  it('takes back what was carried out, not what was asked for: somebody else’s addition stays', async () => {
    const current = task({ version: 7, assigneeIds: ['ana', 'eve'] });
    const { queue } = trial((change) => {
      if (change.version < 7) throw refusal(412, 'precondition_failed', { current });
      return task({ version: 8 });
    });
    const change = patch({ assigneeIds: ['ana', 'ben'] }, { assigneeIds: ['ana'] });
    queue.submit(change);
    await expect.poll(() => queue.state.changes.length).toBe(0);
    const result = (await queue.result(change.id))!; // asked for only now, under the id that it had
    expect(inverse(result.change, result)).toMatchObject({ to: { assigneeIds: ['ana', 'eve'] }, version: 8 });
  });

  it('a place beside a task that was new is one beside the real one', async () => {
    const sent: Change[] = [];
    const { queue } = trial((change) => {
      sent.push(change);
      return change.kind === 'create' ? task({ id: 'real', version: 1 }) : task({ version: 2 });
    });
    const create = patch({}, {}, { kind: 'create', taskId: 'new:1', version: 0, body: { title: 'New' } });
    const move = patch({}, {}, { kind: 'move', to: { columnId: 'b', before: 'new:1' }, from: { columnId: 'a' } });
    queue.submit(create, move);
    await queue.result(move.id);
    expect(sent[1]).toMatchObject({ to: { columnId: 'b', before: 'real' } });
  });

  it('a delete whose answer got lost is done, and what the server is busy with is asked for again', async () => {
    let attempts = 0;
    const { queue, happened } = trial((change) => {
      if (change.kind === 'delete') throw refusal(404, 'not_found');
      if (++attempts === 1) throw refusal(409, 'idempotency_in_progress');
      return task({ version: 2 });
    });
    const [gone, busy] = [patch({}, {}, { kind: 'delete' }), patch({ title: 'A' }, { title: 'Old' }, { taskId: 'u' })];
    queue.submit(gone, busy);
    await queue.result(busy.id);
    expect(happened).toEqual([`accepted ${gone.id}`, `accepted ${busy.id}`]);
  });

  it('ends what is refused and says so; what comes after it is sent all the same', async () => {
    const [first, second] = [patch({ title: 'A' }, { title: 'Old' }), patch({ priority: 'high' }, { priority: 'none' })];
    const { queue, happened } = trial((change) => {
      if (change.id === first.id) throw refusal(403, 'forbidden');
      return task({ version: 2 });
    });
    queue.submit(first, second);
    await queue.result(second.id);
    expect(happened).toEqual([`refused ${first.id} forbidden`, `accepted ${second.id}`]);
    expect(await queue.result(first.id)).toBeUndefined();
  });

  it('merges with what somebody else changed, and asks only about the same field', async () => {
    const current = task({ version: 7, title: 'Theirs' });
    const { queue, happened } = trial((change) => {
      if (change.version < 7) throw refusal(412, 'precondition_failed', { current });
      return task({ version: 8 });
    });
    const merges = patch({ priority: 'high' }, { priority: undefined });
    queue.submit(merges);
    expect(await queue.result(merges.id)).toMatchObject({ taskId: 't', version: 8 });
    const clashes = patch({ title: 'Mine' }, { title: 'Old' });
    queue.submit(clashes);
    expect(await queue.result(clashes.id)).toBeUndefined();
    expect(happened.at(-1)).toBe(`conflict ${clashes.id} title`);
    const both = patch({ title: 'Mine', priority: 'high' }, { title: 'Old', priority: undefined });
    queue.submit(both);
    expect(await queue.result(both.id)).toMatchObject({ change: { to: { priority: 'high' } } }); // what is no conflict is not held up
  });

  it('goes to the other neighbour when the first is gone, then to the end', async () => {
    const places: unknown[] = [];
    const { queue } = trial((change) => {
      places.push((change as Extract<Change, { kind: 'move' }>).to);
      if (places.length < 3) throw refusal(422, 'no_such_neighbour');
      return task({ version: 2 });
    });
    const move = patch({}, {}, { kind: 'move', to: { columnId: 'b', before: 'x', after: 'y' }, from: { columnId: 'a' } });
    queue.submit(move);
    await queue.result(move.id);
    expect(places).toEqual([{ columnId: 'b', before: 'x', after: 'y' }, { columnId: 'b', after: 'y' }, { columnId: 'b' }]);
  });
});

describe('taking back what is still under way', () => {
  it('shows at once, and takes back what was carried out in the end', async () => {
    const current = task({ version: 7, assigneeIds: ['ana', 'eve'] });
    const sent: Change[] = [];
    const answers: (() => void)[] = [];
    const { queue } = trial(async (change) => {
      sent.push(change);
      if (sent.length === 1) await new Promise<void>((resolve) => answers.push(resolve));
      if (change.version < 7) throw refusal(412, 'precondition_failed', { current });
      return task({ version: change.version + 1 });
    });
    const change = patch({ assigneeIds: ['ana', 'ben'] }, { assigneeIds: ['ana'] });
    queue.submit(change);
    const back = queue.takeBack(change.id)!;
    queue.submit(back);
    expect(queue.state.changes.map(({ kind }) => kind)).toEqual(['patch', 'patch']); // both are drawn, so nothing is seen of it
    answers[0]!();
    await queue.result(back.id);
    expect(sent.at(-1)).toMatchObject({ to: { assigneeIds: ['ana', 'eve'] }, version: 8 });
  });

  it('of a new task deletes the real one, and of what is refused is nothing', async () => {
    const sent: Change[] = [];
    const { queue, happened } = trial((change) => {
      sent.push(change);
      if (change.kind === 'patch') throw refusal(403, 'forbidden');
      return change.kind === 'create' ? task({ id: 'real', version: 1 }) : undefined;
    });
    const create = patch({}, {}, { kind: 'create', taskId: 'new:1', version: 0, body: { title: 'New' } });
    const refused = patch({ title: 'A' }, { title: 'Old' });
    queue.submit(create, refused);
    const [gone, nothing] = [queue.takeBack(create.id)!, queue.takeBack(refused.id)!];
    queue.submit(gone, nothing);
    expect(await queue.result(gone.id)).toMatchObject({ taskId: 'real' });
    expect(await queue.result(nothing.id)).toBeUndefined();
    expect(sent.map(({ kind, taskId, version }) => [kind, taskId, version])).toEqual([
      ['create', 'new:1', 0],
      ['patch', 't', 1],
      ['delete', 'real', 1],
    ]);
    expect(happened).toContain(`refused ${refused.id} forbidden`);
    expect(queue.takeBack(refused.id)).toBeUndefined();
  });
});

describe('taking back', () => {
  it('is the opposite change, on what the first one has made', () => {
    expect(inverse(patch({ title: 'New' }, { title: 'Old' }), { taskId: 't', version: 2 })).toMatchObject({
      kind: 'patch',
      to: { title: 'Old' },
      from: { title: 'New' },
      version: 2,
    });
    expect(inverse(patch({}, {}, { kind: 'create' }), { taskId: 'real', version: 1 })).toMatchObject({ kind: 'delete', taskId: 'real' });
    expect(inverse(patch({}, {}, { kind: 'delete' }), { taskId: 't', version: 3 })).toMatchObject({ kind: 'restore', version: 3 });
  });

  it('people and labels that one added stay when somebody else added others', () => {
    const mine = patch({ assigneeIds: ['ana', 'ben'] }, { assigneeIds: ['ana'] });
    expect(rebase(mine, task({ version: 2, assigneeIds: ['ana', 'eve'] }))).toMatchObject({
      done: false,
      change: { to: { assigneeIds: ['ana', 'eve', 'ben'] } },
    });
    const removed = patch({ assigneeIds: [] }, { assigneeIds: ['ana'] });
    expect(rebase(removed, task({ version: 2, assigneeIds: ['ana', 'eve'] }))).toMatchObject({ change: { to: { assigneeIds: ['eve'] } } });
  });
});
