import { type Static, Type } from 'typebox';
import { CalendarDate } from './primitives.ts';
import { TimeZone } from './search.ts';

const Rule = Type.String({
  maxLength: 200,
  description:
    'RRULE of RFC 5545 without its name, such as FREQ=WEEKLY;BYDAY=MO,TH or FREQ=MONTHLY;BYDAY=-1FR;COUNT=12. Days only: no parts ' +
    'shorter than a day. Counted from the due date of the task, else its start date, else today.',
});

export const SetRecurrence = Type.Object(
  { rule: Rule, timeZone: Type.Optional({ ...TimeZone, default: 'UTC', description: 'decides what today is' }) },
  { additionalProperties: false },
);

export const Recurrence = Type.Object({
  rule: Type.String(),
  startsOn: CalendarDate,
  timeZone: Type.String(),
  next: Type.Array(CalendarDate, { description: 'due dates of the next tasks, the first few' }),
});
export type Recurrence = Static<typeof Recurrence>;
