import { explain } from './explain.ts';

/** Why something that was asked for was not done, and what to do about it; nothing without an error. */
export function Refusal({ error }: { error: unknown }) {
  if (error === undefined || error === null) return null;
  return (
    <p className="notice" data-tone="bad" role="alert">
      {explain(error)}
    </p>
  );
}
