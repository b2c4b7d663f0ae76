import { problems } from '@taskflow/http/problem';

/**
 * The date of a moment in a time zone, YYYY-MM-DD.
 * @throws Problem 400 for a time zone that does not exist
 */
export function dateIn(timeZone: string, moment = new Date()): string {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(moment);
  } catch {
    throw problems.malformed_request(`${JSON.stringify(timeZone)} is no time zone: expected a name such as Europe/Zurich`);
  }
}
