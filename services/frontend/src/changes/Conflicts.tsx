import { lazy, Suspense } from 'react';
import { useConflict } from './conflicts.ts';

const ConflictDialog = lazy(() => import('./ConflictDialog.tsx'));

/** The conflict that waits longest to be decided, if there is one. */
export function Conflicts() {
  const conflict = useConflict();
  return <Suspense>{conflict && <ConflictDialog key={conflict.change.id} conflict={conflict} />}</Suspense>;
}
