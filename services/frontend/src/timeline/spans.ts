import type { Card } from '../changes/apply.ts';
import type { Fields } from '../changes/change.ts';
import { addDays, daysBetween } from '../i18n/dates.ts';

/** From its first to its last day, both included. Of a task with one date only that is both. */
export interface Span {
  from: string;
  to: string;
}

export function spanOf({ startDate, dueDate }: Pick<Card, 'startDate' | 'dueDate'>): Span | undefined {
  const from = startDate ?? dueDate;
  const to = dueDate ?? startDate;
  if (from === undefined || to === undefined) return undefined;
  return from <= to ? { from, to } : { from: to, to: from };
}

/** Days that are shown around the tasks, and the most before and after today: one date far off must not make millions. */
const AROUND = { before: 14, after: 400 };
const MOST = { before: 730, after: 1095 };

export function rangeOf(spans: Span[], today: string): Span {
  const days = [today, ...spans.flatMap(({ from, to }) => [from, to])].sort();
  const clamp = (day: string) => [addDays(today, -MOST.before), day, addDays(today, MOST.after)].sort()[1]!;
  return { from: addDays(clamp(days[0]!), -AROUND.before), to: addDays(clamp(days.at(-1)!), AROUND.after) };
}

/** Where a span lies in a range, in days; cut off where that ends. */
export function placeIn(range: Span, { from, to }: Span): { start: number; length: number } {
  const last = daysBetween(range.from, range.to);
  const start = Math.min(Math.max(daysBetween(range.from, from), 0), last);
  const end = Math.min(Math.max(daysBetween(range.from, to), 0), last);
  return { start, length: end - start + 1 };
}

export type Hold = 'whole' | 'start' | 'end';

/** What a span becomes when it, or one end of it, goes so many days on. An end stops at the other one. */
export function shift({ from, to }: Span, hold: Hold, days: number): Span {
  const [first, last] = [addDays(from, days), addDays(to, days)];
  if (hold === 'start') return { from: first > to ? to : first, to };
  if (hold === 'end') return { from, to: last < from ? from : last };
  return { from: first, to: last };
}

/** The dates that a task gets: one that has only one keeps only one, unless it is drawn out. */
export function fieldsOf(card: Pick<Card, 'startDate' | 'dueDate'>, { from, to }: Span): Fields {
  if (from !== to || (card.startDate !== undefined && card.dueDate !== undefined)) return { startDate: from, dueDate: to };
  return card.startDate === undefined ? { dueDate: to } : { startDate: from };
}

/** First days of the months, or of the weeks, in a range. */
export function firstDays(range: Span, isFirst: (day: string) => boolean): string[] {
  const days: string[] = [];
  for (let day = range.from; day <= range.to; day = addDays(day, 1)) if (isFirst(day)) days.push(day);
  return days;
}
