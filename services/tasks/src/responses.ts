import { ProblemDocument } from '@taskflow/contracts/problem';

/** What an operation can answer besides success: `...refusals(403, 404)` in its response schemas. 401 and 503 always. */
export function refusals<const S extends number>(...statuses: S[]): Record<S | 400 | 401 | 503, typeof ProblemDocument> {
  return Object.fromEntries([400, 401, 503, ...statuses].map((status) => [status, ProblemDocument])) as never;
}

/** A write to an existing resource: needs If-Match, and a role. */
export const writeRefusals = refusals(403, 404, 409, 412, 422, 428);

export const security = [{ bearer: [] }];
