import type { Position } from '@taskflow/postgres/outbox';

/** Below 0 when a comes before b in the feed, 0 when they are the same, above 0 after it. */
function comparePositions(a: Position, b: Position): number {
  if (a.xid !== b.xid) return a.xid < b.xid ? -1 : 1;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return 0;
}

export const isAfter = (a: Position, b: Position): boolean => comparePositions(a, b) > 0;
