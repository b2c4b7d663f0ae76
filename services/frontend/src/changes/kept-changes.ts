import type { Change } from './change.ts';

const PREFIX = 'taskflow.changes.';

interface Kept {
  /** whose changes they are: nobody sends what somebody else did */
  owner: string;
  changes: Change[];
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/**
 * Changes that still have to reach the server outlive their page. Each page keeps its own under a name of its own, and holds the
 * lock of that name as long as it is there; when it is gone, the lock goes to another page of the same browser, which takes the
 * changes over.
 */
export class KeptChanges {
  readonly #store: Store;
  readonly #locks: LockManager | undefined;
  readonly #name: string;
  readonly #watched = new Set<string>();
  readonly #adopt: (changes: Change[]) => void;
  #owner: string | undefined;

  /**
   * @param locks undefined where there are none (neither https nor localhost): then `page` has to outlive a reload
   * @param adopt takes what another page left
   */
  constructor(store: Store, locks: LockManager | undefined, page: string, adopt: (changes: Change[]) => void) {
    this.#store = store;
    this.#locks = locks;
    this.#name = PREFIX + page;
    this.#adopt = adopt;
    void locks?.request(this.#name, () => new Promise(() => {}));
  }

  /** From now on changes are this person's; what they left in other pages is taken over as soon as those are gone. */
  begin(owner: string): void {
    this.#owner = owner;
    if (!this.#locks) {
      const kept = this.#read(this.#name);
      if (kept?.owner === owner && kept.changes.length > 0) this.#adopt(kept.changes);
      return;
    }
    for (let index = 0; index < this.#store.length; index++) this.heard(this.#store.key(index));
  }

  /** Another page kept something under a name. */
  heard(name: string | null): void {
    if (!name?.startsWith(PREFIX) || name === this.#name || this.#watched.has(name)) return;
    this.#watched.add(name);
    void this.#locks?.request(name, () => {
      this.#watched.delete(name);
      const kept = this.#read(name);
      if (!kept || kept.owner !== this.#owner) return;
      if (kept.changes.length > 0) this.#adopt(kept.changes);
      this.#store.removeItem(name);
    });
  }

  keep(changes: readonly Change[]): void {
    try {
      if (changes.length === 0) this.#store.removeItem(this.#name);
      else this.#store.setItem(this.#name, JSON.stringify({ owner: this.#owner, changes }));
    } catch {
      // Full: they are sent all the same, and only closing the page would lose them.
    }
  }

  #read(name: string): Kept | undefined {
    try {
      return (JSON.parse(this.#store.getItem(name) ?? 'null') as Kept | null) ?? undefined;
    } catch {
      return undefined;
    }
  }
}
