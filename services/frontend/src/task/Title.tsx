import type { Task } from '@taskflow/contracts/tasks';
import { useEffect, useRef, useState } from 'react';
import { editTask } from '../board/acts.ts';
import { t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { editableTask } from './editable-task.ts';
import { growTextarea } from './grow.ts';

/** Edited in place: Enter or leaving it saves, Escape takes back what was typed. */
export function Title({ task, canEdit }: { task: Task; canEdit: boolean }) {
  const view = useProject();
  const [text, setText] = useState(task.title);
  const [isEditing, setEditing] = useState(false);
  const ref = useRef<HTMLTextAreaElement>(null);
  const shown = isEditing ? text : task.title;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text has another height
  useEffect(() => growTextarea(ref.current), [shown]);
  if (!canEdit) return <h2 className="task-title">{task.title}</h2>;
  const save = () => {
    setEditing(false);
    const title = text.replace(/\s+/g, ' ').trim();
    if (title !== '' && title !== task.title) editTask(view, editableTask(task), { title });
  };
  return (
    <textarea
      ref={ref}
      className="task-title"
      aria-label={t('task.title')}
      rows={1}
      maxLength={500}
      value={shown}
      onFocus={() => {
        setText(task.title);
        setEditing(true);
      }}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => isEditing && save()}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') {
          event.preventDefault();
          event.currentTarget.blur();
        }
        if (event.key === 'Escape') {
          event.preventDefault();
          setText(task.title);
          setEditing(false);
          event.currentTarget.closest<HTMLElement>('.panel')?.focus();
        }
      }}
    />
  );
}
