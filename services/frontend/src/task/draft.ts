import { useCallback, useSyncExternalStore } from 'react';

/*
 * Texts that survive a reload until they are sent or given up. Where the browser keeps nothing (full, or forbidden), they live as
 * long as the page.
 */

const kept = new Map<string, string>();
const listeners = new Set<() => void>();
const nameOf = (key: string): string => `taskflow.draft.${key}`;

function read(key: string): string | undefined {
  try {
    return kept.get(key) ?? localStorage.getItem(nameOf(key)) ?? undefined;
  } catch {
    return undefined; // forbidden
  }
}

/** @param text '' is a field that is open and empty, which a reload need not bring back */
function write(key: string, text: string | undefined): void {
  if (text === undefined) kept.delete(key);
  else kept.set(key, text);
  try {
    if (text) localStorage.setItem(nameOf(key), text);
    else localStorage.removeItem(nameOf(key));
  } catch {
    // Full or forbidden: it lives as long as the page.
  }
  for (const listener of listeners) listener();
}

/** Of the tasks that are about to be added to a project: a line each. */
export const addingDraft = (projectId: string): string => `add.${projectId}`;

const linesOf = (key: string): string[] => read(key)?.split('\n').filter(Boolean) ?? [];

/** What was typed for a task that could not be added waits in the field for the next one. */
export const keepTyped = (projectId: string, line: string): void =>
  write(addingDraft(projectId), [...linesOf(addingDraft(projectId)), line].join('\n'));

/** It is added after all. */
export const forgetTyped = (projectId: string, line: string): void =>
  write(
    addingDraft(projectId),
    linesOf(addingDraft(projectId))
      .filter((other) => other !== line)
      .join('\n'),
  );

/** @returns what was typed, undefined when nothing was, and how to keep or forget it */
export function useDraft(key: string): [string | undefined, (text: string | undefined) => void] {
  const text = useSyncExternalStore(subscribe, () => read(key));
  const keep = useCallback((next: string | undefined) => write(key, next), [key]);
  return [text, keep];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
