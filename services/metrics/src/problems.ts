import { ProblemDocument } from '@taskflow/contracts/problem';
import { defineProblems } from '@taskflow/http/problem';

export const problems = defineProblems({
  project_not_found: { status: 404, title: 'There is no such project' },
  impossible_period: { status: 422, title: 'This period is not possible' },
});

/** The problem documents among an operation's answers. */
export function refusals<const S extends number>(...statuses: S[]): Record<S, typeof ProblemDocument> {
  return Object.fromEntries(statuses.map((status) => [status, ProblemDocument])) as Record<S, typeof ProblemDocument>;
}
