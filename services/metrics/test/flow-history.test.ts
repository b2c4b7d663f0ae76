import type { ChangeEvent, ColumnCategory } from '@taskflow/contracts/events';
import type { FlowAnswer } from '@taskflow/contracts/metrics';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { bruteForceFlow } from './brute-force.ts';
import { startMetrics } from './metrics-service.ts';
import { SimulatedTasks } from './simulated-tasks.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let metrics: Awaited<ReturnType<typeof startMetrics>>;
beforeAll(async () => {
  metrics = await startMetrics();
});

const category = fc.constantFrom<ColumnCategory>('todo', 'active', 'done');
const small = fc.nat({ max: 1000 });
// without fast-check's bias to small values: a history says something when much happens in it
const step = fc.noBias(
  fc.record({
    kind: fc.oneof(
      { weight: 10, arbitrary: fc.constant('create' as const) },
      { weight: 24, arbitrary: fc.constant('move' as const) },
      { weight: 3, arbitrary: fc.constantFrom('delete', 'edit') },
      { weight: 3, arbitrary: fc.constant('restore') },
      { weight: 3, arbitrary: fc.constantFrom('recategorise', 'add column', 'remove column') },
    ),
    project: small,
    task: small,
    column: small,
    category,
    /** minutes until the step; now and then time runs backwards a little, as between transactions that waited for each other */
    pause: fc.oneof(
      { weight: 6, arbitrary: fc.nat({ max: 600 }) },
      { weight: 1, arbitrary: fc.integer({ min: -3, max: -1 }) },
      { weight: 1, arbitrary: fc.nat({ max: 4000 }) },
    ),
    /** how long before its event a task says that it was created: imports are old, clocks differ */
    age: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -1000, max: 2_000_000 }) }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const history = fc.record({
  // around changes of the clocks in Europe, America, Cuba (where midnight comes twice) and Egypt (where it is left out), and far from them
  begin: fc.constantFrom(
    '2026-03-28T20:00:00Z',
    '2026-10-24T21:10:00Z',
    '2026-10-31T18:00:00Z',
    '2026-04-22T15:00:00Z',
    '2025-12-30T09:00:00Z',
    '1999-12-31T23:50:00Z',
  ),
  projects: fc.array(fc.array(category, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  steps: fc.noBias(fc.array(step, { minLength: 1, maxLength: 120, size: 'max' })),
  deliveries: fc.array(fc.record({ size: fc.integer({ min: 1, max: 40 }), repeat: fc.nat({ max: 2 }), back: fc.nat({ max: 30 }) }), {
    minLength: 3,
    maxLength: 8,
  }),
  apart: fc.boolean(),
  timeZone: fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/Havana',
    'America/St_Johns',
    'Asia/Kathmandu',
    'Pacific/Kiritimati',
    'Europe/London',
    'Atlantic/Azores',
    'Africa/Cairo',
    'Etc/GMT+12',
  ),
  firstDay: fc.integer({ min: -3, max: 12 }),
  length: fc.integer({ min: 0, max: 20 }),
});

function play({ begin, projects: categories, steps }: { begin: string; projects: ColumnCategory[][]; steps: Step[] }) {
  const world = new SimulatedTasks(Date.parse(begin));
  const projects = categories.map((own) => world.createProject(own));
  for (const { kind, pause, age, ...at } of steps) {
    world.clock += pause * MINUTE;
    const project = projects[at.project % projects.length]!;
    const { columns } = project.snapshot;
    const column = at.column % columns.length;
    const task = project.tasks[at.task % project.tasks.length];
    if (kind === 'create') world.createTask(project, column, { createdAt: new Date(world.clock - age * MINUTE).toISOString() });
    else if (kind === 'add column') {
      const added = { id: crypto.randomUUID(), name: 'More', category: at.category };
      world.changeProject(project, { columns: columns.toSpliced(column, 0, added) }, 'column.created');
    } else if (kind === 'recategorise') {
      world.changeProject(project, { columns: columns.with(column, { ...columns[column]!, category: at.category }) }, 'column.updated');
    } else if (kind === 'remove column' && columns.length > 1) {
      // as tasks does it: what is in the column goes to another one first, deleted tasks too
      for (const moved of project.tasks.filter(({ columnId }) => columnId === columns[column]!.id)) {
        world.moveTask(project, moved, (column + 1) % columns.length);
      }
      world.changeProject(project, { columns: columns.toSpliced(column, 1) }, 'column.deleted');
    } else if (!task) continue;
    else if (kind === 'move') world.moveTask(project, task, column);
    else if (kind === 'edit') world.changeTask(project, task, { title: `${task.title}!` });
    else if (kind === 'delete' && !task.deleted) world.changeTask(project, task, { deleted: true }, 'task.deleted');
    else if (kind === 'restore' && task.deleted) world.changeTask(project, task, { deleted: false }, 'task.restored');
  }
  return { events: world.events, workspaceId: world.workspaceId, projectIds: projects.map(({ snapshot }) => snapshot.id) };
}

/** In order, but in parts that overlap, repeat and reach back. */
async function deliver(events: ChangeEvent[], deliveries: Array<{ size: number; repeat: number; back: number }>): Promise<void> {
  for (let sent = 0, turn = 0; sent < events.length; turn++) {
    const { size, repeat, back } = deliveries[turn % deliveries.length]!;
    const batch = events.slice(Math.max(0, sent - back), sent + size);
    for (let time = 0; time <= repeat; time++) expect((await metrics.postEvents(batch)).status).toBe(204);
    sent += size;
  }
}

it('comes to the figures of a brute-force computation on any history', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ deliveries, apart, timeZone, firstDay, length, ...plan }) => {
      const { events, workspaceId, projectIds } = play(plan);
      if (apart)
        await Promise.all(
          projectIds.map((id) =>
            deliver(
              events.filter(({ projectId }) => projectId === id),
              deliveries,
            ),
          ),
        );
      else await deliver(events, deliveries);
      const day = (offset: number) => new Date(Date.parse(plan.begin) + offset * DAY).toISOString().slice(0, 10);
      const [from, to] = [day(firstDay), day(firstDay + length)];
      for (const id of projectIds) {
        const expected = bruteForceFlow(events, id, from, to, timeZone);
        const path = `/metrics/projects/${id}/flow?${new URLSearchParams({ from, to, timeZone })}`;
        const flow = await metrics.read<FlowAnswer>(path, { workspaces: { [workspaceId]: 'member' } });
        const byId = <T extends { id: string }>(items: T[]) => items.toSorted((a, b) => (a.id < b.id ? -1 : 1));
        expect(byId(flow.cumulativeFlow.columns)).toEqual(byId(expected.columns));
        expect(flow.cumulativeFlow.categories).toEqual(expected.categories);
        expect(flow.cycleTime).toEqual(expected.cycleTime);
        expect(flow.leadTime).toEqual(expected.leadTime);
        expect(flow.throughput.days).toEqual(expected.throughput);
        expect(byId(flow.completed.map(({ title: _, ...point }) => point))).toEqual(
          byId(expected.completed.map((point) => ({ ...point, doneAt: new Date(point.doneAt).toISOString() }))),
        );
        expect(
          byId(flow.inProgress.oldest.map(({ id, columnId, startedAt }) => ({ id, columnId, startedAt: Date.parse(startedAt) }))),
        ).toEqual(byId(expected.inProgress));
        expect(flow.inProgress.tasks).toBe(expected.inProgress.length);
        expect(flow.forecast.remaining).toBe(expected.open);
      }
    }),
    { numRuns: Number(process.env.HISTORIES ?? 15), interruptAfterTimeLimit: 60_000 },
  );
});
