import type { CreateTask, Priority } from '@taskflow/contracts/tasks';
import { addDays, toDate } from '../i18n/dates.ts';

interface Named {
  id: string;
  name: string;
}

export interface QuickAddContext {
  people: Array<Named & { handle: string }>;
  labels: Named[];
  /** the present day, such as 2026-01-31 */
  today: string;
}

export type QuickTask = Pick<CreateTask, 'title' | 'assigneeIds' | 'labelIds' | 'priority' | 'dueDate' | 'estimate'>;

const PRIORITIES: Record<string, Priority> = {
  low: 'low',
  medium: 'medium',
  high: 'high',
  urgent: 'urgent',
  niedrig: 'low',
  mittel: 'medium',
  hoch: 'high',
  dringend: 'urgent',
  basse: 'low',
  moyenne: 'medium',
  haute: 'high',
  urgente: 'urgent',
  1: 'urgent',
  2: 'high',
  3: 'medium',
  4: 'low',
};

/** In every language at once: teams mix them. */
const DAYS: Record<string, number> = { today: 0, heute: 0, 'aujourd’hui': 0, "aujourd'hui": 0, tomorrow: 1, morgen: 1, demain: 1 };
const WEEKDAYS = [
  ['sunday', 'sun', 'sonntag', 'dimanche'],
  ['monday', 'mon', 'montag', 'lundi'],
  ['tuesday', 'tue', 'dienstag', 'mardi'],
  ['wednesday', 'wed', 'mittwoch', 'mercredi'],
  ['thursday', 'thu', 'donnerstag', 'jeudi'],
  ['friday', 'fri', 'freitag', 'vendredi'],
  ['saturday', 'sat', 'samstag', 'samedi'],
];

/**
 * `fix login @ana #bug !high =3 tomorrow` → a task. @ is a person by handle or name, # a label, ! a priority, = an estimate; a day
 * counts only at the end, since "Plan tomorrow’s demo" is a title. What names nobody and nothing stays in the title, as does
 * everything that the title would be empty without.
 */
export function parseQuickAdd(text: string, context: QuickAddContext): QuickTask {
  const title: string[] = [];
  const task: { assigneeIds: string[]; labelIds: string[]; priority?: Priority; estimate?: number } = { assigneeIds: [], labelIds: [] };
  for (const word of words(text)) {
    const value = unquote(word.slice(1));
    if (word.startsWith('@') && add(task.assigneeIds, findPerson(value, context.people))) continue;
    if (word.startsWith('#') && add(task.labelIds, findNamed(value, context.labels))) continue;
    const priority = word.startsWith('!') ? PRIORITIES[value.toLowerCase()] : undefined;
    const estimate = /^=\d{1,6}([.,]\d{1,2})?$/.test(word) ? Number(value.replace(',', '.')) : undefined;
    if (priority) task.priority = priority;
    else if (estimate !== undefined) task.estimate = estimate;
    else title.push(word);
  }
  const { day, length } = trailingDay(title, context.today);
  const rest = title.slice(0, title.length - length).join(' ');
  if (rest === '') return { title: title.join(' ') || text.trim() };
  return {
    title: rest,
    ...(task.assigneeIds.length > 0 ? { assigneeIds: task.assigneeIds } : {}),
    ...(task.labelIds.length > 0 ? { labelIds: task.labelIds } : {}),
    ...(task.priority ? { priority: task.priority } : {}),
    ...(task.estimate === undefined ? {} : { estimate: task.estimate }),
    ...(day ? { dueDate: day } : {}),
  };
}

/** The lines of a pasted text that are tasks: bullets, numbers and boxes before them go. */
export const splitLines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*(?:[-*+•]|\d{1,3}[.)])?\s*(?:\[[ xX]?\])?\s+/, '').trim())
    .filter((line) => line !== '');

/** #"needs design" is one word. */
const words = (text: string): string[] => text.match(/[@#]"[^"]+"|\S+/g) ?? [];
const unquote = (text: string): string => text.replace(/^"(.*)"$/, '$1');
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

function add(ids: string[], id: string | undefined): boolean {
  if (id !== undefined && !ids.includes(id)) ids.push(id);
  return id !== undefined;
}

function findPerson(text: string, people: QuickAddContext['people']): string | undefined {
  const wanted = plain(text);
  if (wanted === '') return undefined;
  const exact = people.find(({ handle, name }) => handle === wanted || plain(name) === wanted);
  if (exact) return exact.id;
  const similar = people.filter(
    ({ handle, name }) =>
      handle.startsWith(wanted) ||
      plain(name)
        .split(/\s+/)
        .some((part) => part.startsWith(wanted)),
  );
  return similar.length === 1 ? similar[0]!.id : undefined;
}

function findNamed(text: string, named: Named[]): string | undefined {
  const wanted = plain(text);
  return wanted === '' ? undefined : named.find(({ name }) => plain(name) === wanted || plain(name).replaceAll(' ', '-') === wanted)?.id;
}

function trailingDay(title: string[], today: string): { day?: string; length: number } {
  const last = title.at(-1)?.toLowerCase() ?? '';
  const before = title.at(-2)?.toLowerCase();
  const first = title.at(-3)?.toLowerCase();
  // in 3 days, in 2 weeks
  const unit = /^(days?|tage?n?|jours?)$/.test(last) ? 1 : /^(weeks?|wochen?|semaines?)$/.test(last) ? 7 : 0;
  if (unit && (first === 'in' || first === 'dans') && /^\d{1,3}$/.test(before ?? '')) {
    return { day: addDays(today, Number(before) * unit), length: 3 };
  }
  if (last in DAYS) return { day: addDays(today, DAYS[last]!), length: 1 };
  const shift = /^\+(\d{1,3})([dw])$/.exec(last);
  if (shift) return { day: addDays(today, Number(shift[1]) * (shift[2] === 'w' ? 7 : 1)), length: 1 };
  const weekday = WEEKDAYS.findIndex((names) => names.includes(last));
  if (weekday >= 0) {
    const distance = (weekday - toDate(today).getDay() + 7) % 7 || 7;
    return { day: addDays(today, distance), length: 1 };
  }
  if (/^\d{4}-\d\d-\d\d$/.test(last)) return isDay(last) ? { day: last, length: 1 } : { length: 0 };
  const european = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?$/.exec(last);
  if (european) {
    const [, date, month, year] = european;
    const monthDay = `${month!.padStart(2, '0')}-${date!.padStart(2, '0')}`;
    const thisYear = `${today.slice(0, 4)}-${monthDay}`;
    const day = year ? `${year}-${monthDay}` : thisYear >= today ? thisYear : `${Number(today.slice(0, 4)) + 1}-${monthDay}`;
    if (isDay(day)) return { day, length: 1 };
  }
  return { length: 0 };
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
