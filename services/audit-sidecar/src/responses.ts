import { ProblemDocument } from '@taskflow/contracts/problem';

/** What every operation needs: the key that auth has. */
export const serviceKey = [{ serviceKey: [] }];

/** The response schemas of an operation: its success, and a problem document for each other status; 401, 500 and 503 always. */
export function responses<const S extends object, const P extends number = never>(success: S, ...problems: P[]) {
  const failures = [...problems, 401, 500, 503].map((status) => [status, ProblemDocument]);
  return { ...success, ...(Object.fromEntries(failures) as Record<P | 401 | 500 | 503, typeof ProblemDocument>) };
}
