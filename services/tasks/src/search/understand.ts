import { problems } from '@taskflow/http/problem';
import { parseQuery, type Query } from './parse.ts';
import { QueryError } from './query-error.ts';

/** @throws Problem 400 with the column and what was expected there */
export function understand(text: string): Query {
  try {
    return parseQuery(text);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { message, column, expected } = error;
    throw problems.malformed_request({ detail: message, members: { column, expected } });
  }
}
