/** A query that cannot be understood. `column` counts from 1, in UTF-16 code units as the input's own length does. */
export class QueryError extends Error {
  override name = 'QueryError';
  readonly column: number;
  readonly expected: string[];

  constructor(message: string, index: number, expected: string[]) {
    super(`The query ${message} at column ${index + 1}`);
    this.column = index + 1;
    this.expected = expected;
  }
}
