import { addDays, beginningOf } from './days.ts';

/** Days of a project in a time zone, both ends included, and what they are in time: from begin up to before end. */
export interface Period {
  projectId: string;
  from: string;
  to: string;
  timeZone: string;
  begin: Date;
  end: Date;
}

export const periodOf = (projectId: string, from: string, to: string, timeZone: string): Period => ({
  projectId,
  from,
  to,
  timeZone,
  begin: beginningOf(from, timeZone),
  end: beginningOf(addDays(to, 1), timeZone),
});
