import { useEffect, useRef, useSyncExternalStore } from 'react';

/** Something one can do where one is: by its keys, or from the palette. */
export interface Command {
  id: string;
  /** what it does, in the language of the page */
  name: string;
  /** heading under which help lists it */
  section: string;
  /** `mod+k` is Ctrl, or Cmd on a Mac; `g b` one key after the other */
  keys?: string;
  /** undefined for keys that count only where the focus is: help lists them */
  run?: () => void;
  /** not in the palette */
  keysOnly?: boolean;
}

type Registered = { current: Command[] };

let registered: readonly Registered[] = [];
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};

/** Commands of a screen or a part, for as long as it is there. Those that came last win over others with the same keys. */
export function useCommands(commands: Command[]): void {
  const own = useRef(commands);
  own.current = commands;
  useEffect(() => {
    registered = [...registered, own];
    tell();
    return () => {
      registered = registered.filter((other) => other !== own);
      tell();
    };
  }, []);
}

const allCommands = (): Command[] => registered.flatMap(({ current }) => current);

/** Draws its component anew when other commands are there. */
export const useAllCommands = (): Command[] => {
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => registered,
  );
  return allCommands();
};

/** Milliseconds in which the second key of a sequence has to come. */
const SEQUENCE_MS = 1200;
let begun = { key: '', at: 0 };

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]') !== null;

/** The key as commands name it: `k`, `?`, `mod+k`, `mod+shift+z`. */
function keyOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isMod = event.ctrlKey || event.metaKey;
  return `${isMod ? 'mod+' : ''}${isMod && event.shiftKey ? 'shift+' : ''}${key}`;
}

/** Looks for the command of a key, on behalf of the whole page. @returns stops looking */
export function listenForKeys(): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const key = keyOf(event);
    const isMod = key.startsWith('mod+');
    // While something is typed only the palette opens: Ctrl-Z is the field's.
    if (isTyping(event.target) && key !== 'mod+k') return;
    // A dialog has the page for itself.
    if (document.querySelector('dialog[open], .popup') && key !== 'mod+k') return;
    const now = performance.now();
    const sequence = !isMod && now - begun.at < SEQUENCE_MS ? `${begun.key} ${key}` : '';
    begun = isMod ? { key: '', at: 0 } : { key, at: now };
    const commands = allCommands().toReversed();
    const command = commands.find(({ keys, run }) => run && keys !== undefined && (keys === sequence || keys === key));
    if (!command?.run) return;
    begun = { key: '', at: 0 };
    event.preventDefault();
    command.run();
  };
  addEventListener('keydown', onKeyDown);
  return () => removeEventListener('keydown', onKeyDown);
}

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const SHOWN: Record<string, string> = {
  mod: isMac ? '⌘' : 'Ctrl',
  shift: isMac ? '⇧' : 'Shift',
  Escape: 'Esc',
  Enter: '↵',
  Delete: '⌫',
  ' ': '␣',
};

/** How keys are written for people, each key by itself. */
export const showKeys = (keys: string): string[] => keys.split(/[+ ](?=.)/).map((key) => SHOWN[key] ?? key.toUpperCase());
