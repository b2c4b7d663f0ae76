import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';
import { growTextarea } from './grow.ts';
import { Markdown } from './Markdown.tsx';
import { findPeople, useCompletion } from './use-completion.tsx';

interface MarkdownEditorProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  /** Ctrl or Cmd with Enter */
  onSubmit: () => void;
  /** Escape, while nothing was typed that would be lost; without it Escape leaves the field */
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
  const [isPreview, setPreview] = useState(false);
  const [begun] = useState(value);
  const ref = useRef<HTMLTextAreaElement>(null);
  const { project, people } = useFrame();
  const mention = useCompletion(ref, onChange, t('task.mention'), (sign, text) => (sign === '@' ? findPeople(people, text) : []));
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
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (!onCancel)
        event.currentTarget.closest<HTMLElement>('[tabindex="-1"]')?.focus(); // the panel, which Escape closes
      else if (value === begun) onCancel();
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
