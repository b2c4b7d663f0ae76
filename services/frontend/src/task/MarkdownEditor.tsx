import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Person } from '../api/auth.ts';
import { Avatar } from '../design/Avatar.tsx';
import { t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';
import { growTextarea } from './grow.ts';
import { Markdown } from './Markdown.tsx';

interface MarkdownEditorProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  /** Ctrl or Cmd with Enter */
  onSubmit: () => void;
  /** Escape, while nothing was typed that would be lost */
  onCancel?: () => void;
  /** takes pasted or dropped files, and gives the Markdown that shows them */
  onFiles?: ((files: File[]) => Promise<string>) | undefined;
  rows?: number;
  placeholder?: string;
  autoFocus?: boolean;
  /** the buttons below */
  children: ReactNode;
}

const MARKS: Record<string, [before: string, after: string]> = { b: ['**', '**'], i: ['_', '_'], e: ['`', '`'], k: ['[', '](https://)'] };

/** A field for Markdown: a look at how it will be, marks by Ctrl-B, I, E and K, people proposed after an @. */
export function MarkdownEditor(props: MarkdownEditorProps) {
  const { label, value, onChange, onSubmit, onCancel, onFiles, rows = 3, placeholder, autoFocus = false, children } = props;
  const { project } = useFrame();
  const [isPreview, setPreview] = useState(false);
  const [begun] = useState(value);
  const ref = useRef<HTMLTextAreaElement>(null);
  const mention = useMention(ref, value, onChange);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text has another height
  useEffect(() => growTextarea(ref.current), [value, isPreview]);
  useEffect(() => {
    if (!autoFocus || !ref.current) return;
    ref.current.focus();
    ref.current.setSelectionRange(ref.current.value.length, ref.current.value.length);
  }, [autoFocus]);

  const insert = (text: string) => {
    ref.current?.focus();
    ref.current?.setRangeText(text, ref.current.selectionStart, ref.current.selectionEnd, 'end');
    if (ref.current) onChange(ref.current.value);
  };
  const take = (files: FileList | null | undefined): boolean => {
    if (!onFiles || !files || files.length === 0) return false;
    void onFiles([...files]).then((text) => text && insert(text));
    return true;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || mention.onKeyDown(event)) return;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === 'Enter') {
      event.preventDefault();
      onSubmit();
    } else if (isCommand && !event.shiftKey && !event.altKey && event.key in MARKS) {
      event.preventDefault();
      const { selectionStart, selectionEnd } = event.currentTarget;
      const [before, after] = MARKS[event.key]!;
      insert(before + value.slice(selectionStart, selectionEnd) + after);
      event.currentTarget.setSelectionRange(selectionStart + before.length, selectionEnd + before.length);
    } else if (event.key === 'Escape' && onCancel && value === begun) {
      event.preventDefault();
      onCancel();
    }
  };
  return (
    <div className="editor">
      {isPreview ? (
        <div className="editor-preview">
          <Markdown text={value} projectKey={project.key} />
        </div>
      ) : (
        <textarea
          ref={ref}
          className="input"
          aria-label={label}
          placeholder={placeholder}
          rows={rows}
          maxLength={100_000}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onSelect={mention.look}
          onKeyDown={onKeyDown}
          onBlur={mention.close}
          onPaste={(event) => take(event.clipboardData.files) && event.preventDefault()}
          onDrop={(event) => take(event.dataTransfer.files) && event.preventDefault()}
          {...mention.aria}
        />
      )}
      {mention.list}
      <div className="row" data-wrap="">
        {children}
        <span className="grow" />
        <button type="button" className="button" data-size="small" aria-pressed={isPreview} onClick={() => setPreview(!isPreview)}>
          {t('task.preview')}
        </button>
      </div>
    </div>
  );
}

/** People proposed for the @word at the caret, chosen by arrow keys and Enter. */
function useMention(ref: React.RefObject<HTMLTextAreaElement | null>, value: string, onChange: (text: string) => void) {
  const { people } = useFrame();
  const id = useId();
  const [word, setWord] = useState<{ from: number; to: number; text: string }>();
  const [index, setIndex] = useState(0);
  const found = useMemo(() => (word ? findPeople([...people.values()], word.text) : []), [people, word]);

  const look = () => {
    const element = ref.current;
    if (!element || element.selectionStart !== element.selectionEnd) return setWord(undefined);
    const to = element.selectionStart;
    const text = /(?:^|[\s(])@([\w.-]{0,30})$/.exec(element.value.slice(0, to))?.[1];
    setWord(text === undefined ? undefined : { from: to - text.length, to, text });
    setIndex(0);
  };
  const choose = ({ handle }: Person) => {
    if (!word) return;
    onChange(`${value.slice(0, word.from)}${handle} ${value.slice(word.to)}`);
    setWord(undefined);
    const at = word.from + handle.length + 1;
    requestAnimationFrame(() => {
      ref.current?.focus();
      ref.current?.setSelectionRange(at, at);
    });
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
    <div id={id} className="mentions" role="listbox" aria-label={t('task.mention')}>
      {found.map((person, at) => (
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div
          key={person.userId}
          id={`${id}-${at}`}
          className="menu-item"
          role="option"
          aria-selected={at === index}
          data-focused={at === index || undefined}
          onMouseDown={(event) => {
            event.preventDefault();
            choose(person);
          }}
        >
          <Avatar id={person.userId} name={person.name} />
          <span className="grow">{person.name}</span>
          <span className="quiet">@{person.handle}</span>
        </div>
      ))}
    </div>
  );
  const aria = isOpen
    ? ({ role: 'combobox', 'aria-expanded': true, 'aria-controls': id, 'aria-activedescendant': `${id}-${index}` } as const)
    : {};
  return { look, onKeyDown, close: () => setWord(undefined), list, aria };
}

function findPeople(people: Person[], text: string): Person[] {
  const wanted = text.toLowerCase();
  return people
    .filter(
      ({ active, handle, name }) =>
        active &&
        `${handle} ${name}`
          .toLowerCase()
          .split(/[\s.-]+/)
          .some((part) => part.startsWith(wanted)),
    )
    .slice(0, 6);
}
