/*
 * What clients did to a task's title, and whether all of it could have happened one after the other.
 *
 * A title is a register that changes by compare-and-set: a write names the version that it saw (If-Match) and makes the next one.
 * The events of the feed give the order of all writes, so that the general problem, which is NP-complete, becomes one of looking
 * (P. B. Gibbons and E. Korach, Testing Shared Memories, SIAM Journal on Computing 26(4), 1997, section 4: with the order of the
 * writes known): every operation has one place in that order, and no operation may stand before another that had ended when it began.
 */

export interface Operation {
  kind: 'read' | 'write';
  taskId: string;
  /** performance.now() */
  begun: number;
  /** Infinity: nobody knows what became of it */
  ended: number;
  /** of a write: what it saw; a write that was refused is none */
  seen?: number;
  /** what was read or written; titles are all different */
  title: string;
  /** as answered; undefined when nobody knows */
  version?: number;
}

/** version → title, of one task, in the order of its events */
export type Versions = Map<number, string>;

/** What contradicts linearizability; nothing when there is an order. */
export function contradictions(versions: Versions, operations: Operation[]): string[] {
  const found: string[] = [];
  const last = versions.size;
  for (let version = 1; version <= last; version++) if (!versions.has(version)) found.push(`version ${version} of ${last} has no event`);

  const issued = new Map(operations.filter(({ kind }) => kind === 'write').map((operation) => [operation.title, operation]));
  for (const [version, title] of versions) {
    const write = issued.get(title);
    if (!write) {
      if (version > 1) found.push(`version ${version} has the title "${title}", which nobody wrote`);
    } else if (write.seen !== undefined && write.seen !== version - 1) {
      found.push(`"${title}" was written over version ${version - 1}, but its writer had seen ${write.seen}`);
    }
  }
  for (const { kind, title, version } of operations) {
    if (version === undefined) continue;
    if (versions.get(version) !== title)
      found.push(`${kind} of "${title}" was answered with version ${version}, which is "${versions.get(version)}"`);
  }

  const known = operations.filter((operation): operation is Operation & { version: number } => operation.version !== undefined);
  for (const earlier of known) {
    for (const later of known) {
      if (earlier.ended >= later.begun) continue;
      const isBefore = later.kind === 'write' ? later.version <= earlier.version : later.version < earlier.version;
      if (isBefore) {
        found.push(
          `${later.kind} of version ${later.version} began ${(later.begun - earlier.ended).toFixed(1)} ms after the ${earlier.kind} of ${earlier.version} had ended`,
        );
      }
    }
  }
  return found;
}
