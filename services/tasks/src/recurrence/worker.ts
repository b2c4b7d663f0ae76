import { type Sql, type Transaction, transaction } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';
import { v7 } from 'uuid';
import { systemContext } from '../events.ts';
import type { FeedReader } from '../feed/reader.ts';
import { afterWhich, type RecurrenceRow } from './recurrence.ts';
import { nextDates } from './rule.ts';

/** Milliseconds; the change feed wakes the worker, this is for what was left undone. */
const POLL_MS = 30_000;

interface DueRow extends RecurrenceRow {
  taskId: string;
}

/**
 * Makes the next task of a recurring one that is done, whichever way it got there. It looks at how things stand and not at
 * events, and the rule moves on to the new task in the transaction that makes it: killed at any point or run by many
 * replicas, each task has one successor.
 */
export class RecurrenceWorker {
  readonly #sql: Sql;
  readonly #log: FastifyBaseLogger;
  readonly #reader: FeedReader;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: () => void = () => {};
  #running: Promise<void> | undefined;
  #again = false;

  constructor({ sql, log, reader }: { sql: Sql; log: FastifyBaseLogger; reader: FeedReader }) {
    this.#sql = sql;
    this.#log = log;
    this.#reader = reader;
  }

  start(): void {
    this.#unsubscribe = this.#reader.subscribe((batch) => {
      if (batch.some(({ event }) => event.task?.category === 'done')) this.#wake();
    });
    this.#timer = setInterval(() => this.#wake(), POLL_MS).unref();
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#timer);
    await this.#running;
  }

  #wake(): void {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        while (await transaction(this.#sql, advanceOne));
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'the next tasks of recurring ones cannot be made; tried again soon');
    }
  }
}

/** @returns false when nothing is due, or other replicas are at it */
async function advanceOne(tx: Transaction): Promise<boolean> {
  const [due] = await tx<DueRow[]>`
    select r.task_id as "taskId", r.rule, r.starts_on::text as "startsOn", r.time_zone as "timeZone", t.due_date::text as "dueDate"
    from recurrences r join tasks t on t.id = r.task_id join columns c on c.id = t.column_id join projects p on p.id = t.project_id
    where c.category = 'done' and t.deleted_at is null and p.deleted_at is null and not p.archived
      and exists (select from columns open where open.project_id = p.id and open.category <> 'done')
    order by r.task_id
    limit 1
    for update of r skip locked`;
  if (!due) return false;
  const { taskId } = due;
  const next = successor(due);
  if (!next) {
    await tx`delete from recurrences where task_id = ${taskId}`;
    return true;
  }
  const id = v7();
  await tx`
    with project as (
      update projects set last_number = last_number + 1 where id = (select project_id from tasks where id = ${taskId})
      returning id, key, last_number
    ), place as materialized (
      select project.*, target.id as column_id, place_task(target.id, null, null, null, true) as rank
      from project cross join lateral (
        select id from columns where project_id = project.id and category <> 'done' order by position limit 1
      ) as target
    ), task as (
      insert into tasks (id, workspace_id, project_id, number, human_id, title, description, column_id, rank, priority, assignee_ids,
                         label_ids, start_date, due_date, estimate, parent_id, created_by)
      select ${id}, t.workspace_id, t.project_id, last_number, key || '-' || last_number, title, description, place.column_id,
             place.rank, priority, assignee_ids, label_ids, ${next}::date - (t.due_date - t.start_date), ${next}::date, estimate,
             parent_id, created_by
      from place, tasks t where t.id = ${taskId}
      returning tasks
    )
    select record_task_event(${tx.json(systemContext)}, 'task.created', null, tasks) from task`;
  await tx`update recurrences set task_id = ${id} where task_id = ${taskId}`;
  return true;
}

/** A rule that the library refuses, though it was checked when it was set, has come to its end: it must not hold up others. */
function successor({ rule, startsOn, timeZone, dueDate }: DueRow): string | undefined {
  try {
    return nextDates(rule, startsOn, afterWhich(dueDate, startsOn, timeZone), 1)[0];
  } catch {
    return undefined;
  }
}
