import { problems } from '@taskflow/http/problem';
import { parseQuery, type Query } from './parse.ts';
import { QueryError } from './query-error.ts';

/**
 * @param pointer to the query in the request
 * @throws Problem 400 with the column and what was expected there
 */
export function understand(text: string, pointer: string): Query {
  try {
    return parseQuery(text);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { message: detail, code, params, column, expected } = error;
    throw problems.malformed_request({ detail, members: { column, expected, errors: [{ pointer, code, params, detail }] } });
  }
}
