import { describe, expect, it } from 'vitest';
import type { Change } from '../src/changes/change.ts';
import { KeptChanges } from '../src/changes/kept-changes.ts';

const change = { id: 'c', projectId: 'p', taskId: 't', name: 'ENG-1', version: 1, kind: 'delete' } as Change;

function memory() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    key: (index: number) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  };
}

/** Locks as browsers have them; a page that is closed lets go of its own. */
function lockManager() {
  const waiting = new Map<string, Array<() => void>>();
  const close = (name: string) => {
    const next = waiting.get(name)?.splice(0) ?? [];
    waiting.delete(name);
    for (const run of next) run();
  };
  const request = async (name: string, run: () => unknown) => {
    const held = waiting.get(name);
    if (held) held.push(run as () => void);
    else if (run() instanceof Promise) waiting.set(name, []);
  };
  return { locks: { request } as unknown as LockManager, close };
}

function page(store: ReturnType<typeof memory>, locks: LockManager | undefined, name: string) {
  const adopted: Change[] = [];
  return { kept: new KeptChanges(store, locks, name, (changes) => adopted.push(...changes)), adopted };
}

describe('changes that outlive their page', () => {
  it('go to another page of the same person once theirs is gone, and not before', () => {
    const store = memory();
    const { locks, close } = lockManager();
    const first = page(store, locks, 'one');
    first.kept.begin('ana');
    first.kept.keep([change]);
    const second = page(store, locks, 'two');
    second.kept.begin('ana');
    expect(second.adopted).toEqual([]);
    close('taskflow.changes.one');
    expect(second.adopted).toEqual([change]);
    expect(store.items.size).toBe(0);
  });

  it('of a page that kept something later are heard of', () => {
    const store = memory();
    const { locks, close } = lockManager();
    const [first, second] = [page(store, locks, 'one'), page(store, locks, 'two')];
    first.kept.begin('ana');
    second.kept.begin('ana');
    first.kept.keep([change]);
    second.kept.heard('taskflow.changes.one');
    second.kept.heard('taskflow.theme');
    close('taskflow.changes.one');
    expect(second.adopted).toEqual([change]);
  });

  it('of somebody else stay where they are', () => {
    const store = memory();
    const { locks, close } = lockManager();
    const first = page(store, locks, 'one');
    first.kept.begin('ana');
    first.kept.keep([change]);
    close('taskflow.changes.one');
    const second = page(store, locks, 'two');
    second.kept.begin('eve');
    expect(second.adopted).toEqual([]);
    const third = page(store, locks, 'three');
    third.kept.begin('ana');
    expect(third.adopted).toEqual([change]);
  });

  it('without locks come back with the same page, and what cannot be read is as good as nothing', () => {
    const store = memory();
    const first = page(store, undefined, 'one');
    first.kept.begin('ana');
    first.kept.keep([change]);
    const again = page(store, undefined, 'one');
    again.kept.begin('ana');
    expect(again.adopted).toEqual([change]);
    store.setItem('taskflow.changes.one', '[{');
    const broken = page(store, undefined, 'one');
    broken.kept.begin('ana');
    expect(broken.adopted).toEqual([]);
  });

  it('are forgotten when nothing waits any longer; a full store hinders nobody', () => {
    const store = memory();
    const { kept } = page(store, undefined, 'one');
    kept.begin('ana');
    kept.keep([change]);
    kept.keep([]);
    expect(store.items.size).toBe(0);
    store.setItem = () => {
      throw new Error('full');
    };
    expect(() => kept.keep([change])).not.toThrow();
  });
});
