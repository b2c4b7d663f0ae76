import type { ChangeEvent, ColumnCategory, ProjectSnapshot } from '@taskflow/contracts/events';

/*
 * The flow of a project computed the slow way: all events are read again for every figure, with no state between them.
 * Shares nothing with the service, not even rounding or days.
 */

const DAY = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function localDay(time: number, timeZone: string): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(timeZone, format);
  const parts = format.formatToParts(time);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value;
  return `${part('year')}-${part('month')}-${part('day')}`;
}

function listDays(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = Date.parse(from); day <= Date.parse(to); day += DAY) days.push(new Date(day).toISOString().slice(0, 10));
  return days;
}

/** Durations are rounded up to a multiple of the greatest power of two that leaves them 64 steps or more. */
function round(milliseconds: number): number {
  const seconds = Math.ceil(Math.max(0, milliseconds) / 1000);
  let step = 1;
  while (seconds / (step * 2) >= 64) step *= 2;
  return seconds % step === 0 ? seconds : seconds - (seconds % step) + step;
}

function nearestRank(values: number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil((share * sorted.length) / 100) - 1]!;
  return values.length === 0 ? null : { p50: at(50), p85: at(85), p95: at(95) };
}

interface Moment {
  at: number;
  columnId: string;
  deleted: boolean;
}

export function bruteForceFlow(events: ChangeEvent[], projectId: string, from: string, to: string, timeZone: string) {
  const own = events.filter((event) => event.projectId === projectId);
  const project = own.findLast((event) => event.project)?.project as ProjectSnapshot;
  const columns = new Map<string, { name: string; category: ColumnCategory }>();
  for (const event of own) for (const { id, name, category } of event.project?.columns ?? []) columns.set(id, { name, category });
  const category = (columnId: string) => columns.get(columnId)!.category;
  const days = listDays(from, to);

  const stories = new Map<string, { createdAt: number; humanId: string; moments: Moment[] }>();
  for (const { task, occurredAt } of own) {
    if (!task) continue;
    const story = stories.get(task.id) ?? { createdAt: Date.parse(task.createdAt), humanId: task.humanId, moments: [] };
    const last = story.moments.at(-1);
    if (last?.columnId !== task.columnId || last.deleted !== task.deleted) {
      story.moments.push({ at: Math.max(Date.parse(occurredAt), last?.at ?? -Infinity), columnId: task.columnId, deleted: task.deleted });
    }
    stories.set(task.id, story);
  }

  const inColumnAt = (columnId: string, day: string) =>
    [...stories.values()].filter(({ moments }) => {
      const last = moments.findLast(({ at }) => localDay(at, timeZone) <= day);
      return last !== undefined && !last.deleted && last.columnId === columnId;
    }).length;
  const levels = [...columns].map(([id, { name, category }]) => {
    const deleted = !project.columns.some((column) => column.id === id);
    return { id, name, category, deleted, tasks: days.map((day) => inColumnAt(id, day)) };
  });
  const sumOf = (wanted: ColumnCategory) =>
    days.map((_, index) => levels.filter((level) => level.category === wanted).reduce((sum, level) => sum + level.tasks[index]!, 0));

  const ended = [...stories].flatMap(([id, { createdAt, humanId, moments }]) => {
    const now = moments.at(-1)!;
    if (now.deleted || category(now.columnId) !== 'done') return [];
    const lastNotDone = moments.findLastIndex(({ columnId }) => category(columnId) !== 'done');
    if (lastNotDone === -1) return [];
    const doneAt = moments[lastNotDone + 1]!.at;
    const started = moments.find(({ columnId }) => category(columnId) === 'active');
    return [{ id, humanId, doneAt, cycleSeconds: started ? round(doneAt - started.at) : null, leadSeconds: round(doneAt - createdAt) }];
  });
  const completed = ended.filter(({ doneAt }) => localDay(doneAt, timeZone) >= from && localDay(doneAt, timeZone) <= to);
  const cycles = completed.flatMap(({ cycleSeconds }) => cycleSeconds ?? []);

  const inProgress = [...stories].flatMap(([id, { moments }]) => {
    const now = moments.at(-1)!;
    if (now.deleted || category(now.columnId) !== 'active') return [];
    return [{ id, columnId: now.columnId, startedAt: moments.find(({ columnId }) => category(columnId) === 'active')!.at }];
  });

  return {
    columns: levels.filter(({ deleted, tasks }) => !deleted || tasks.some((count) => count > 0)),
    categories: { todo: sumOf('todo'), active: sumOf('active'), done: sumOf('done') },
    completed,
    cycleTime: { tasks: cycles.length, percentiles: nearestRank(cycles) },
    leadTime: { tasks: completed.length, percentiles: nearestRank(completed.map(({ leadSeconds }) => leadSeconds)) },
    throughput: days.map((day) => completed.filter(({ doneAt }) => localDay(doneAt, timeZone) === day).length),
    inProgress,
    open: [...stories.values()].filter(({ moments }) => !moments.at(-1)!.deleted && category(moments.at(-1)!.columnId) !== 'done').length,
  };
}
