import type { FieldError, FieldErrorCode } from '@taskflow/contracts/problem';

/** A query that cannot be understood. `column` counts from 1, in UTF-16 code units as the input's own length does. */
export class QueryError extends Error {
  override name = 'QueryError';
  readonly code: FieldErrorCode;
  readonly column: number;
  readonly expected: string[];
  readonly params: NonNullable<FieldError['params']>;

  constructor(code: FieldErrorCode, message: string, index: number, expected: string[], params: FieldError['params'] = {}) {
    super(`The query ${message} at column ${index + 1}`);
    this.code = code;
    this.column = index + 1;
    this.expected = expected;
    this.params = { ...params, column: this.column };
  }
}
