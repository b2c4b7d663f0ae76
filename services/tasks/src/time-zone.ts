import { problems } from '@taskflow/http/problem';

/**
 * Today in a time zone, YYYY-MM-DD.
 * @param part of the request that named the time zone
 * @throws Problem 400 for a time zone that does not exist
 */
export function dateIn(timeZone: string, part: 'body' | 'querystring' = 'body'): string {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date());
  } catch {
    const detail = `${JSON.stringify(timeZone)} is no time zone: expected a name such as Europe/Zurich`;
    const error = { pointer: `/${part}/timeZone`, code: 'wrong_format', params: { format: 'time-zone' }, detail } as const;
    throw problems.malformed_request({ detail, members: { errors: [error] } });
  }
}
