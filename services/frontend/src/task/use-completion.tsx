import { type KeyboardEvent, type ReactNode, type RefObject, useId, useState } from 'react';
import type { Person } from '../api/auth.ts';
import { Avatar } from '../design/Avatar.tsx';
import '../design/popups.css';

export interface Candidate {
  id: string;
  /** what stands after the sign when it is chosen */
  text: string;
  name: string;
  also?: string;
  before: ReactNode;
}

interface Word {
  from: number;
  to: number;
  sign: string;
  text: string;
}

/** What a word that begins with @, # or ! could be, below the field; chosen by arrow keys and Enter or Tab. */
export function useCompletion(
  ref: RefObject<HTMLTextAreaElement | null>,
  onChange: (text: string) => void,
  label: string,
  find: (sign: string, text: string) => Candidate[],
) {
  const id = useId();
  const [word, setWord] = useState<Word>();
  const [index, setIndex] = useState(0);
  const found = word ? find(word.sign, word.text) : [];

  const look = () => {
    const element = ref.current;
    if (!element || element.selectionStart !== element.selectionEnd) return setWord(undefined);
    const to = element.selectionStart;
    const [, sign, text] = /(?:^|[\s(])([@#!])([\p{L}\p{N}_.-]{0,30})$/u.exec(element.value.slice(0, to)) ?? [];
    setWord(sign === undefined || text === undefined ? undefined : { from: to - text.length, to, sign, text });
    setIndex(0);
  };
  const choose = ({ text }: Candidate) => {
    if (!word || !ref.current) return;
    ref.current.focus();
    ref.current.setRangeText(`${text} `, word.from, word.to, 'end');
    onChange(ref.current.value);
    setWord(undefined);
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (found.length === 0) return false;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setIndex((index + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length);
    } else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') choose(found[index]!);
    else if (event.key === 'Escape') setWord(undefined);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const isOpen = found.length > 0;
  const list = isOpen && (
    <div id={id} className="mentions" role="listbox" aria-label={label}>
      {found.map((candidate, at) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus, and names the active one
        <div
          key={candidate.id}
          id={`${id}-${at}`}
          className="menu-item"
          role="option"
          aria-selected={at === index}
          data-focused={at === index || undefined}
          onMouseDown={(event) => {
            event.preventDefault();
            choose(candidate);
          }}
        >
          {candidate.before}
          <span className="grow">{candidate.name}</span>
          {candidate.also && <span className="quiet">{candidate.also}</span>}
        </div>
      ))}
    </div>
  );
  const aria = isOpen
    ? ({ role: 'combobox', 'aria-expanded': true, 'aria-controls': id, 'aria-activedescendant': `${id}-${index}` } as const)
    : {};
  return { look, onKeyDown, close: () => setWord(undefined), list, aria };
}

export const begins = (text: string, wanted: string): boolean =>
  text
    .toLowerCase()
    .split(/[\s.-]+/)
    .some((part) => part.startsWith(wanted.toLowerCase()));

export function findPeople(people: Map<string, Person>, text: string): Candidate[] {
  return [...people.values()]
    .filter(({ active, handle, name }) => active && begins(`${handle} ${name}`, text))
    .slice(0, 6)
    .map(({ userId, name, handle }) => ({
      id: userId,
      text: handle,
      name,
      also: `@${handle}`,
      before: <Avatar id={userId} name={name} />,
    }));
}
