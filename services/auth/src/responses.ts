import { ProblemDocument } from '@taskflow/contracts/problem';
import { type TSchema, Type } from 'typebox';

/** Response schemas of an operation: its success, and a problem document for each other status it can answer; 500 always. */
export function responses<const S extends Record<number, TSchema>, const P extends number>(success: S, ...problems: P[]) {
  const failures = Object.fromEntries([...problems, 500].map((status) => [status, ProblemDocument])) as Record<
    P | 500,
    typeof ProblemDocument
  >;
  return { ...success, ...failures };
}

export const Nothing = Type.Null({ description: 'no content' });

export const signedIn = [{ bearer: [] }];
