import { RRuleTemporal } from 'rrule-temporal';
import { problems } from '../problems.ts';

const PARTS = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'BYDAY', 'BYMONTHDAY', 'BYMONTH', 'BYSETPOS', 'BYYEARDAY', 'BYWEEKNO', 'WKST'];
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
/** Bounds on the work of finding the next date; a rule that needs more has no date within reach. */
const WORK = { maxIterations: 5000, maxCandidateEvaluations: 50_000 };

/**
 * Checks an RRULE of RFC 5545, 3.3.10, and writes it in capitals. Dates have no time of day, so there is none in the rule.
 * @throws Problem 422 that says which part is wrong
 */
export function checkRule(text: string): string {
  const rule = text
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '');
  const parts = new Map<string, string>();
  for (const part of rule.split(';')) {
    const match = /^([A-Z]+)=([A-Z0-9,+-]+)$/.exec(part);
    if (!match) throw wrong(`${JSON.stringify(part)} is no part of a rule: expected NAME=VALUE`);
    const [, name, value] = match as unknown as [string, string, string];
    if (!PARTS.includes(name)) throw wrong(`${name} is not supported: expected one of ${PARTS.join(', ')}`);
    if (parts.has(name)) throw wrong(`${name} is there twice`);
    parts.set(name, value);
  }
  if (!FREQUENCIES.includes(parts.get('FREQ') ?? '')) throw wrong(`FREQ is missing or wrong: expected one of ${FREQUENCIES.join(', ')}`);
  const atMost = (name: string, most: number) => {
    const value = parts.get(name);
    if (value === undefined) return;
    if (!/^\d+$/.test(value) || Number(value) < 1 || Number(value) > most) throw wrong(`${name} is ${value}: expected 1 to ${most}`);
  };
  atMost('INTERVAL', 1000);
  atMost('COUNT', 1000);
  if (parts.has('COUNT') && parts.has('UNTIL')) throw wrong('COUNT and UNTIL exclude each other');
  if (parts.has('UNTIL') && !isDate(parts.get('UNTIL') as string)) throw wrong('UNTIL is no date: expected the form 20261231');
  return rule;
}

/** Basic form of a date, RFC 5545, 3.3.4. */
function isDate(value: string): boolean {
  const date = value.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  const time = Date.parse(date);
  return date !== value && !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

/**
 * The next dates (YYYY-MM-DD) of a checked rule after a date.
 * @throws Problem 422 when the rule is refused or has none within reach
 */
export function nextDates(rule: string, startsOn: string, after: string, count: number): string[] {
  try {
    // Midnight UTC stands for the day: no offset, no daylight saving time, no time of day.
    const dates = new RRuleTemporal({ rruleString: `DTSTART:${startsOn.replaceAll('-', '')}T000000Z\nRRULE:${rule}`, ...WORK });
    const found: string[] = [];
    for (let last = after; found.length < count; ) {
      const next = dates.next(new Date(`${last}T00:00:00Z`), false);
      if (!next) break;
      last = next.toString().slice(0, 10);
      if (!(last > (found.at(-1) ?? after))) break;
      found.push(last);
    }
    return found;
  } catch (error) {
    throw wrong('it has no dates that could be found', error);
  }
}

const wrong = (detail: string, cause?: unknown) => problems.recurrence_invalid({ detail: `The rule cannot be used: ${detail}`, cause });
