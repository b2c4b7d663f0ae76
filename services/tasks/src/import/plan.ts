import type { ColumnCategory } from '@taskflow/contracts/events';
import { IMPORT_LIMITS } from '@taskflow/contracts/import';
import type { Priority } from '@taskflow/contracts/tasks';
import { problems } from '../problems.ts';

export interface PlannedTask {
  /** kept in a new project; given out anew elsewhere */
  number?: number;
  title: string;
  description: string;
  /** index in the plan's columns */
  column: number;
  priority: Priority;
  /** handles or names */
  assignees: string[];
  labels: string[];
  startDate: string | null;
  dueDate: string | null;
  estimate: number | null;
  /** index in the plan's tasks */
  parent: number | null;
  createdBy: string | null;
  createdAt: string | null;
  recurrence: { rule: string; startsOn: string; timeZone: string } | null;
  comments: Array<{ author: string | null; body: string; createdAt: string | null }>;
}

/** What an import would make. Importers fill it; whatever they leave behind they say. */
export class Plan {
  description = '';
  readonly columns: Array<{ name: string; category: ColumnCategory; wipLimit: number | null }> = [];
  readonly labels = new Map<string, { name: string; color: string }>();
  readonly tasks: PlannedTask[] = [];
  readonly relations: Array<{ type: string; from: number; to: number }> = [];
  readonly #left = new Map<string, { count: number; example: string }>();

  /** @returns its index; the same for the same name */
  column(name: string, category: ColumnCategory = guessCategory(name), wipLimit: number | null = null): number {
    const short = name.trim().slice(0, 100) || 'Unnamed';
    const known = this.columns.findIndex((column) => column.name.toLowerCase() === short.toLowerCase());
    if (known >= 0) return known;
    if (this.columns.length === IMPORT_LIMITS.columns) throw tooMuch('columns', IMPORT_LIMITS.columns);
    return this.columns.push({ name: short, category, wipLimit }) - 1;
  }

  /** @returns the name under which it is known */
  label(name: string, color = '#808080'): string {
    const short = name.trim().slice(0, 100);
    const key = short.toLowerCase();
    if (!this.labels.has(key)) {
      if (this.labels.size === IMPORT_LIMITS.labels) throw tooMuch('labels', IMPORT_LIMITS.labels);
      this.labels.set(key, { name: short, color });
    }
    return key;
  }

  /** Adds a task, with what is too long or impossible made fit and said. @returns its index */
  task(given: Partial<PlannedTask> & { title: string; column: number }): number {
    if (this.tasks.length === IMPORT_LIMITS.tasks) throw tooMuch('tasks', IMPORT_LIMITS.tasks);
    const task: PlannedTask = {
      description: '',
      priority: 'none',
      assignees: [],
      labels: [],
      startDate: null,
      dueDate: null,
      estimate: null,
      parent: null,
      createdBy: null,
      createdAt: null,
      recurrence: null,
      comments: [],
      ...given,
    };
    const title = clean(task.title).trim() || 'Untitled';
    task.title = title.slice(0, 500);
    task.description = clean(task.description);
    if (title.length > 500) {
      this.leave('end of a title over 500 characters, moved to the description', title);
      task.description = `${title}\n\n${task.description}`;
    }
    if (task.description.length > 100_000) {
      this.leave('end of a description over 100,000 characters', title);
      task.description = task.description.slice(0, 100_000);
    }
    if (task.startDate && task.dueDate && task.startDate > task.dueDate) {
      this.leave('start date after the due date', title);
      task.startDate = null;
    }
    task.labels = [...new Set(task.labels)].slice(0, 100);
    task.assignees = [...new Set(task.assignees)].slice(0, 50);
    return this.tasks.push(task) - 1;
  }

  /** Something of the file that is not taken over. */
  leave(what: string, example: string, count = 1): void {
    const known = this.#left.get(what);
    this.#left.set(what, { count: (known?.count ?? 0) + count, example: known?.example ?? clean(example).slice(0, 200) });
  }

  get notTakenOver(): Array<{ what: string; count: number; example: string }> {
    return [...this.#left].map(([what, { count, example }]) => ({ what, count, example }));
  }

  /** Frees tasks whose parents lead in a circle or too deep, and checks the number of comments. To be called at the end. */
  finish(): this {
    for (const task of this.tasks) {
      let depth = 0;
      for (let above = task.parent; above !== null; above = this.tasks[above]?.parent ?? null) {
        if (++depth >= IMPORT_LIMITS.depth) break;
      }
      if (depth < IMPORT_LIMITS.depth) continue;
      this.leave(`parent of a task nested deeper than ${IMPORT_LIMITS.depth} levels`, task.title);
      task.parent = null;
    }
    const comments = this.tasks.reduce((sum, task) => sum + task.comments.length, 0);
    if (comments > IMPORT_LIMITS.comments) throw tooMuch('comments', IMPORT_LIMITS.comments);
    return this;
  }
}

/** PostgreSQL's text takes no NUL, and UTF-8 no half of a surrogate pair. */
const clean = (text: string): string => text.replaceAll('\0', '').toWellFormed();

const tooMuch = (what: string, most: number) => problems.import_unreadable(`It has more than ${most} ${what}: import it in parts`);

/** What a column means, by the names that people give. */
function guessCategory(name: string): ColumnCategory {
  if (/\b(done|completed?|finished|closed|resolved|shipped|released|live|erledigt|fertig|terminé|fait|hecho)\b/iu.test(name)) return 'done';
  if (/\b(doing|progress|active|review|testing|qa|wip|working|in arbeit|läuft|en cours|haciendo)\b/iu.test(name)) return 'active';
  return 'todo';
}

/** YYYY-MM-DD of a date or moment in a file; null for none or anything else. */
export function toDate(value: string | null | undefined): string | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/.exec(value?.trim() ?? '');
  const date = match?.[1];
  if (!date || date.startsWith('0001')) return null;
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? date : null;
}

/** An RFC 3339 moment, or null. */
export function toMoment(value: string | null | undefined): string | null {
  const time = Date.parse(value ?? '');
  return Number.isNaN(time) || time < 0 || time > 4e12 ? null : new Date(time).toISOString();
}
