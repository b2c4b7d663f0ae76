import type { Transaction } from '@taskflow/postgres/database';
import { completion, type TaskState } from './task.ts';

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

interface Visit {
  task_id: string;
  number: number;
  column_id: string;
  entered_at: string;
}

/** Collects what a batch of changes does to tasks and to the sums over them, and writes it in a few statements. */
export class Ledger {
  readonly #tasks = new Map<string, TaskState>();
  readonly #visits: Visit[] = [];
  readonly #flowQuarters = new Sums();
  readonly #flowDays = new Sums();
  readonly #completedQuarters = new Sums();
  readonly #completedDurations = new Sums();

  keepTask(task: TaskState): void {
    this.#tasks.set(task.id, task);
  }

  addVisit(task: TaskState, at: number): void {
    this.#visits.push({ task_id: task.id, number: task.visits, column_id: task.columnId, entered_at: iso(at) });
  }

  /** One task more (+1) or less (-1) in its column. */
  addFlow({ projectId, columnId }: TaskState, at: number, change: 1 | -1): void {
    this.#flowQuarters.add([projectId, startOf(QUARTER_MS, at), columnId], change);
    this.#flowDays.add([projectId, startOf(DAY_MS, at), columnId], change);
  }

  /** Counts the task as completed (+1), or takes back that it was (-1). */
  addCompletion(task: TaskState, change: 1 | -1): void {
    const completed = completion(task);
    if (!completed) return;
    const { at, cycleSeconds, leadSeconds } = completed;
    const day = startOf(DAY_MS, at);
    this.#completedQuarters.add([task.projectId, startOf(QUARTER_MS, at)], change);
    this.#completedDurations.add([task.projectId, day, 'lead', leadSeconds], change);
    if (cycleSeconds !== null) this.#completedDurations.add([task.projectId, day, 'cycle', cycleSeconds], change);
  }

  /** Replaces a task by what it is now, with what it counts as. */
  change(before: TaskState | undefined, after: TaskState): void {
    if (before) this.addCompletion(before, -1);
    this.addCompletion(after, 1);
    this.keepTask(after);
  }

  async write(tx: Transaction): Promise<void> {
    await writeTasks(tx, [...this.#tasks.values()]);
    if (this.#visits.length > 0) {
      await tx`
        insert into visits (task_id, number, column_id, entered_at)
        select * from jsonb_to_recordset(${tx.json(this.#visits as never)}) as v (task_id uuid, number int, column_id uuid, entered_at timestamptz)`;
    }
    await writeFlow(tx, 'flow_quarters', 'quarter', this.#flowQuarters);
    await writeFlow(tx, 'flow_days', 'day', this.#flowDays);
    const completedQuarters = this.#completedQuarters.rows();
    if (completedQuarters.length > 0) {
      await tx`
        insert into completed_quarters as known (project_id, quarter, tasks)
        select (key->>0)::uuid, (key->>1)::timestamptz, change
        from jsonb_to_recordset(${tx.json(completedQuarters)}) as sums (key jsonb, change int)
        on conflict (project_id, quarter) do update set tasks = known.tasks + excluded.tasks`;
    }
    const completedDurations = this.#completedDurations.rows();
    if (completedDurations.length > 0) {
      await tx`
        insert into completed_durations as known (project_id, day, measure, seconds, tasks)
        select (key->>0)::uuid, (key->>1)::timestamptz, key->>2, (key->>3)::int, change
        from jsonb_to_recordset(${tx.json(completedDurations)}) as sums (key jsonb, change int)
        on conflict (project_id, measure, day, seconds) do update set tasks = known.tasks + excluded.tasks`;
    }
  }
}

async function writeTasks(tx: Transaction, tasks: TaskState[]): Promise<void> {
  if (tasks.length === 0) return;
  const rows = tasks.map((task) => {
    const completed = completion({ ...task, deleted: false });
    return {
      id: task.id,
      project_id: task.projectId,
      human_id: task.humanId,
      title: task.title,
      column_id: task.columnId,
      category: task.category,
      created_at: iso(task.createdAt),
      changed_at: iso(task.changedAt),
      started_at: task.startedAt === null ? null : iso(task.startedAt),
      done_at: task.doneAt === null ? null : iso(task.doneAt),
      cycle_seconds: completed?.cycleSeconds ?? null,
      lead_seconds: completed?.leadSeconds ?? null,
      visits: task.visits,
      version: task.version,
      deleted: task.deleted,
    };
  });
  await tx`
    insert into tasks
      (id, project_id, human_id, title, column_id, category, created_at, changed_at, started_at, done_at,
       cycle_seconds, lead_seconds, visits, version, deleted)
    select id, project_id, human_id, title, column_id, category, created_at, changed_at, started_at, done_at,
      cycle_seconds, lead_seconds, visits, version, deleted
    from jsonb_to_recordset(${tx.json(rows)}) as t
      (id uuid, project_id uuid, human_id text, title text, column_id uuid, category text, created_at timestamptz,
       changed_at timestamptz, started_at timestamptz, done_at timestamptz, cycle_seconds int, lead_seconds int,
       visits int, version int, deleted boolean)
    on conflict (id) do update set
      human_id = excluded.human_id, title = excluded.title, column_id = excluded.column_id, category = excluded.category,
      changed_at = excluded.changed_at, started_at = excluded.started_at, done_at = excluded.done_at,
      cycle_seconds = excluded.cycle_seconds, lead_seconds = excluded.lead_seconds,
      visits = excluded.visits, version = excluded.version, deleted = excluded.deleted`;
}

async function writeFlow(tx: Transaction, table: string, period: string, sums: Sums): Promise<void> {
  const rows = sums.rows();
  if (rows.length === 0) return;
  await tx`
    insert into ${tx(table)} as known (project_id, ${tx(period)}, column_id, change)
    select (key->>0)::uuid, (key->>1)::timestamptz, (key->>2)::uuid, change
    from jsonb_to_recordset(${tx.json(rows)}) as sums (key jsonb, change int)
    on conflict (project_id, ${tx(period)}, column_id) do update set change = known.change + excluded.change`;
}

type Key = Array<string | number>;

/** Changes by key; those that cancel out leave no row. */
class Sums {
  readonly #sums = new Map<string, { key: Key; change: number }>();

  add(key: Key, change: number): void {
    const text = key.join(' ');
    const sum = this.#sums.get(text);
    if (sum) sum.change += change;
    else this.#sums.set(text, { key, change });
  }

  rows() {
    return [...this.#sums.values()].filter(({ change }) => change !== 0);
  }
}

const iso = (time: number): string => new Date(time).toISOString();
const startOf = (length: number, time: number): string => iso(Math.floor(time / length) * length);
