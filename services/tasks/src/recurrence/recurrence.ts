import type { Recurrence } from '@taskflow/contracts/recurrence';
import { dateIn } from '../time-zone.ts';
import { nextDates } from './rule.ts';

export interface RecurrenceRow {
  rule: string;
  startsOn: string;
  timeZone: string;
  dueDate: string | null;
}

const SHOWN = 5;

/** A recurrence as the API shows it. */
export function toRecurrence({ rule, startsOn, timeZone, dueDate }: RecurrenceRow): Recurrence {
  return { rule, startsOn, timeZone, next: nextDates(rule, startsOn, afterWhich(dueDate, startsOn, timeZone), SHOWN) };
}

/** The day after which the next task is due: after this one, and today at the earliest; what was missed is not made up for. */
export function afterWhich(dueDate: string | null, startsOn: string, timeZone: string): string {
  const yesterday = new Date(Date.parse(dateIn(timeZone)) - 86_400_000).toISOString().slice(0, 10);
  const due = dueDate ?? startsOn;
  if (due > yesterday) return due;
  return yesterday;
}
