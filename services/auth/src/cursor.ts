import { decodeCursor } from '@taskflow/http/paging';
import { problems } from '@taskflow/http/problem';
import { validate } from 'uuid';

/**
 * Where a list that is ordered by id goes on; null is its beginning.
 * @throws Problem 400 for anything that the list did not give out
 */
export function idCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const [id] = decodeCursor(cursor, 1);
  if (!validate(id)) throw problems.malformed_request('cursor is not one that this list gave out: use nextCursor of its last page');
  return id as string;
}
