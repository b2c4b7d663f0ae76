import { decodeCursor } from '@taskflow/http/paging';
import { problems } from '@taskflow/http/problem';
import { validate } from 'uuid';

/**
 * Lists here are sorted by id, so their cursor holds the last one's.
 * @throws Problem 400
 */
export function idCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const [id] = decodeCursor(cursor, 1);
  if (typeof id !== 'string' || !validate(id)) throw problems.malformed_request('cursor is not one that this list gave out');
  return id;
}

/**
 * What has the form of a time may still be none (a leap second, for one) or lie before all times that PostgreSQL knows.
 * @throws Problem 400
 */
export function instant(text: string): Date {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw problems.malformed_request(`${text} is not a time`);
  return new Date(Math.max(0, time));
}
