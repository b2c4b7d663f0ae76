import { Suspense } from 'react';
import { lazyPart } from '../design/lazy-part.ts';
import { useConflict } from './conflicts.ts';

const ConflictDialog = lazyPart(() => import('./ConflictDialog.tsx'));

/** The conflict that waits longest to be decided, if there is one. */
export function Conflicts() {
  const conflict = useConflict();
  return <Suspense>{conflict && <ConflictDialog key={conflict.change.id} conflict={conflict} />}</Suspense>;
}
