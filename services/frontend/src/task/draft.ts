import { useCallback, useState } from 'react';

const read = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

const nameOf = (key: string): string => `taskflow.draft.${key}`;

/** Of the tasks that are about to be added to a project. */
export const addingDraft = (projectId: string): string => `add.${projectId}`;

/** What was typed for a task that could not be added waits in the field for the next one. */
export function keepTyped(projectId: string, line: string): void {
  const name = nameOf(addingDraft(projectId));
  try {
    localStorage.setItem(name, [read(name), line].filter(Boolean).join('\n'));
  } catch {
    // Full or forbidden: the message says what it was.
  }
}

/** A text that survives a reload until it is sent or given up. @returns what was typed or undefined, and how to keep or forget it */
export function useDraft(key: string): [string | undefined, (text: string | undefined) => void] {
  const name = nameOf(key);
  const [text, setText] = useState(() => read(name) ?? undefined);
  const keep = useCallback(
    (next: string | undefined) => {
      setText(next);
      try {
        if (next === undefined || next === '') localStorage.removeItem(name);
        else localStorage.setItem(name, next);
      } catch {
        // Full or forbidden: the text is still on the screen.
      }
    },
    [name],
  );
  return [text, keep];
}
