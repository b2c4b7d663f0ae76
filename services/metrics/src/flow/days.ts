const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 4 * QUARTER_MS;
const DAY_MS = 24 * HOUR_MS;

/** Calendar days are strings such as 2026-11-24; they compare as text. */
export const addDays = (day: string, days: number): string => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;

export const dayRange = (from: string, to: string): string[] =>
  Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => addDays(from, index));

/** The Monday of a day's week (ISO 8601). */
export const weekOf = (day: string): string => addDays(day, -((new Date(day).getUTCDay() + 6) % 7));

/**
 * @returns the day that it is in a time zone
 * @throws RangeError when there is no such zone
 */
export const dayIn = (timeZone: string, time: number): string => dayFormat(timeZone).format(time);

/**
 * When a day begins in a time zone: at a quarter of an hour of UTC, and not always at midnight, which clocks that are put
 * forward may leave out.
 */
export function beginningOf(day: string, timeZone: string): Date {
  const format = dayFormat(timeZone);
  // offsets from UTC go from -12 to +14 hours
  let [before, after] = [Date.parse(day) - 15 * HOUR_MS, Date.parse(day) + 13 * HOUR_MS];
  while (after - before > QUARTER_MS) {
    const middle = before + Math.floor((after - before) / QUARTER_MS / 2) * QUARTER_MS;
    if (format.format(middle) < day) before = middle;
    else after = middle;
  }
  return new Date(after);
}

const dayFormat = (timeZone: string) => new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
