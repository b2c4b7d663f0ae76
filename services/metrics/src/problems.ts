import { ProblemDocument } from '@taskflow/contracts/problem';
import { defineProblems } from '@taskflow/http/problem';

export const problems = defineProblems({
  project_not_found: { status: 404, title: 'There is no such project' },
  impossible_period: { status: 422, title: 'This period is not possible' },
});

/** The problem documents among an operation's answers; any can fail, lack the database, or pass its caller's deadline. */
export function refusals<const S extends number>(...statuses: S[]): Record<S | 500 | 503 | 504, typeof ProblemDocument> {
  const documents = [...statuses, 500, 503, 504].map((status) => [status, ProblemDocument]);
  return Object.fromEntries(documents) as Record<S | 500 | 503 | 504, typeof ProblemDocument>;
}
