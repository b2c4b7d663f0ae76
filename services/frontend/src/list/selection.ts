import { useMemo, useState } from 'react';

export interface Selection {
  ids: ReadonlySet<string>;
  has: (id: string) => boolean;
  /** in or out; with `range` everything from the last one that was chosen */
  toggle: (id: string, range?: boolean) => void;
  all: () => void;
  clear: () => void;
}

/** Several of a list, in the order in which it is shown. What is no longer in the list is no longer chosen. */
export function useSelection(order: string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState<string>();
  return useMemo(() => {
    const known = new Set(order);
    const ids = new Set([...chosen].filter((id) => known.has(id)));
    return {
      ids,
      has: (id) => ids.has(id),
      toggle: (id, range = false) => {
        const next = new Set(ids);
        const [from, to] = [last === undefined ? -1 : order.indexOf(last), order.indexOf(id)];
        if (range && from >= 0) for (const each of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each);
        else if (!next.delete(id)) next.add(id);
        setChosen(next);
        setLast(id);
      },
      all: () => setChosen(known),
      clear: () => setChosen(new Set()),
    };
  }, [order, chosen, last]);
}
