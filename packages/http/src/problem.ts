import type { FieldError, ProblemDocument } from '@taskflow/contracts/problem';

export interface ProblemKind {
  status: number;
  title: string;
  detail?: string;
}

interface ProblemOptions {
  detail?: string;
  headers?: Record<string, string>;
  /** further members of the document, such as `current` with a 412 */
  members?: Record<string, unknown> & { errors?: FieldError[] };
  cause?: unknown;
}

/** An error with a public face: what of it may leave the service is all here. RFC 9457. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;

  constructor(code: string, kind: ProblemKind, options: ProblemOptions = {}) {
    super(options.detail ?? kind.detail ?? kind.title, { cause: options.cause });
    this.code = code;
    this.status = kind.status;
    this.title = kind.title;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }

  document(requestId?: string): ProblemDocument {
    const detail = this.message === this.title ? {} : { detail: this.message };
    return {
      type: 'about:blank',
      title: this.title,
      status: this.status,
      code: this.code,
      ...detail,
      ...(requestId === undefined ? {} : { requestId }),
      ...this.members,
    };
  }
}

type ProblemFactory = (options?: ProblemOptions | string) => Problem;

/**
 * A service's table of errors: code → status and public text.
 * `const problems = defineProblems({ task_not_found: { status: 404, title: 'No such task' } })`, then
 * `throw problems.task_not_found()`.
 */
export function defineProblems<const T extends Record<string, ProblemKind>>(table: T): { [K in keyof T]: ProblemFactory } {
  const factories = Object.entries(table).map(([code, kind]) => [
    code,
    (options: ProblemOptions | string = {}) => new Problem(code, kind, typeof options === 'string' ? { detail: options } : options),
  ]);
  return Object.fromEntries(factories) as { [K in keyof T]: ProblemFactory };
}

/** What every service can answer. */
export const problems = defineProblems({
  malformed_request: { status: 400, title: 'The request is not well-formed' },
  unauthenticated: { status: 401, title: 'Sign in, or send an access token' },
  forbidden: { status: 403, title: 'You may not do this' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This method is not supported here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'This conflicts with the present state' },
  precondition_failed: { status: 412, title: 'It was changed in the meantime' },
  payload_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_media_type: { status: 415, title: 'This content type is not supported' },
  invalid: { status: 422, title: 'The request cannot be carried out as it is' },
  precondition_required: { status: 428, title: 'Send If-Match with the ETag you have seen' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  head_too_large: { status: 431, title: 'The header fields of the request are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Temporarily unavailable; try again soon' },
  deadline_exceeded: { status: 504, title: 'This took too long' },
});
