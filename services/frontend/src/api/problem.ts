import type { FieldError, ProblemDocument } from '@taskflow/contracts/problem';

/** What the API refused (RFC 9457). `code` says why, to programs; `current` is what there is instead, with 412. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly document: ProblemDocument;
  readonly retryAfterMs: number | undefined;

  constructor(document: ProblemDocument, retryAfterMs?: number) {
    super(document.detail ?? document.title);
    this.status = document.status;
    this.code = document.code;
    this.document = document;
    this.retryAfterMs = retryAfterMs;
  }

  get current(): unknown {
    return this.document.current;
  }

  /** What is wrong with one field of a form, by the last part of its JSON Pointer. */
  field(name: string): FieldError | undefined {
    return this.document.errors?.find(({ pointer }) => pointer.endsWith(`/${name}`));
  }
}

/** No answer at all: no network, or nobody there. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** Whether it may work later as it is: then nothing is lost by waiting. */
export function isTemporary(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof ApiProblem && [429, 502, 503, 504].includes(error.status));
}
