import { explainSession } from './session.ts';

/** Why it did not work; nothing without an error. */
export function Refusal({ error }: { error: unknown }) {
  if (error === undefined) return null;
  return (
    <p className="notice" data-tone="bad" role="alert">
      {explainSession(error)}
    </p>
  );
}
