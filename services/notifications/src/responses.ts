import { ProblemDocument } from '@taskflow/contracts/problem';
import { Type } from 'typebox';

/** What every operation can answer: something went wrong, the database or auth is away, the caller's time is up. */
const ALWAYS = [500, 503, 504] as const;
/** What an operation with a JSON body can answer to the body. */
export const BODY = [400, 413, 415] as const;
/** What an operation of a signed-in person can answer. */
export const SIGNED_IN = [401, 403] as const;
/** What a POST can answer to an Idempotency-Key. */
export const IDEMPOTENT = [400, 409, 422] as const;

export const Nothing = Type.Null({ description: 'no content' });

/** Response schemas of an operation: its success, and a problem document for each other status it can answer. */
export function responses<const S extends Record<number, object>, const P extends number>(success: S, ...problems: P[]) {
  type Problems = Record<P | (typeof ALWAYS)[number], typeof ProblemDocument>;
  const failures = Object.fromEntries([...problems, ...ALWAYS].map((status) => [status, ProblemDocument])) as Problems;
  return { ...success, ...failures };
}
