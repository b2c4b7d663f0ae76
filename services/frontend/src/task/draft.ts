import { useCallback, useState } from 'react';

const read = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

/** A text that survives a reload until it is sent or given up. @returns what was typed or undefined, and how to keep or forget it */
export function useDraft(key: string): [string | undefined, (text: string | undefined) => void] {
  const name = `taskflow.draft.${key}`;
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
