import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

function store(setItem?: () => never) {
  const items = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: setItem ?? ((name: string, text: string) => void items.set(name, text)),
    removeItem: (name: string) => void items.delete(name),
  });
  return items;
}

it('what was typed for tasks that were refused waits, a line each, until one is added after all', async () => {
  const items = store();
  const { forgetTyped, keepTyped } = await import('../src/task/draft.ts');
  keepTyped('p', 'First !high');
  keepTyped('p', 'Second');
  expect(items.get('taskflow.draft.add.p')).toBe('First !high\nSecond');
  forgetTyped('p', 'First !high');
  expect(items.get('taskflow.draft.add.p')).toBe('Second');
  forgetTyped('p', 'Second');
  expect(items.size).toBe(0);
});

it('a browser that keeps nothing hinders nobody', async () => {
  store(() => {
    throw new Error('full');
  });
  const { keepTyped } = await import('../src/task/draft.ts');
  expect(() => keepTyped('p', 'First')).not.toThrow();
});
