import { useLayoutEffect, useRef } from 'react';
import { announce } from '../design/announce.ts';
import { formatDay, today } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { type ProjectFrame, useFrame } from '../project/project-view.ts';
import { addingDraft, useDraft } from '../task/draft.ts';
import { PRIORITIES } from '../task/priorities.ts';
import { begins, type Candidate, findPeople, useCompletion } from '../task/use-completion.tsx';
import { addTasks } from './add-tasks.ts';
import { PriorityMark } from './PriorityMark.tsx';
import { parseQuickAdd, splitLines } from './quick-add.ts';

/** Stays open after a task, since ideas come in rows. */
export default function QuickAdd({ columnId, onClose }: { columnId: string; onClose: () => void }) {
  const view = useFrame();
  const [text = '', setText] = useDraft(addingDraft(view.project.id));
  const ref = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    ref.current?.focus();
    ref.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, []);
  const lines = splitLines(text);
  const completion = useCompletion(ref, setText, t('board.addHint'), (sign, begun) => complete(view, sign, begun));

  const submit = () => {
    if (lines.length === 0) return;
    addTasks(view, columnId, lines);
    announce(lines.length === 1 ? t('change.added', { name: lines[0]! }) : t('change.addedMany', { count: lines.length }));
    setText(undefined);
  };
  return (
    <div className="quick-add">
      <textarea
        ref={ref}
        className="input"
        rows={Math.min(Math.max(lines.length, 1), 8)}
        value={text}
        placeholder={t('board.addPlaceholder')}
        aria-label={t('board.addTitle')}
        aria-describedby="quick-add-hint"
        enterKeyHint="done"
        maxLength={20_000}
        onChange={(event) => setText(event.target.value)}
        onSelect={completion.look}
        {...completion.aria}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing || completion.onKeyDown(event)) return;
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            submit();
          }
          if (event.key === 'Escape') {
            event.stopPropagation();
            onClose();
          }
        }}
        onBlur={(event) => {
          completion.close();
          if (text.trim() === '' && !event.currentTarget.parentElement?.contains(event.relatedTarget)) onClose();
        }}
      />
      {completion.list}
      <div id="quick-add-hint" className="quick-add-hint">
        {lines.length > 1 ? t('board.pasteHint', { count: lines.length }) : <Understood text={lines[0] ?? ''} />}
      </div>
      <div className="row">
        <button type="button" className="button" data-kind="primary" data-size="small" onClick={submit}>
          {t('board.add')}
        </button>
        <button type="button" className="button" data-size="small" onClick={onClose}>
          {t('app.cancel')}
        </button>
      </div>
    </div>
  );
}

/** What the syntax was understood as, while it is typed. */
function Understood({ text }: { text: string }) {
  const { people, labels } = useFrame();
  const task = parseQuickAdd(text, {
    people: [...people.values()].map(({ userId, name, handle }) => ({ id: userId, name, handle })),
    labels: [...labels.values()],
    today: today(),
  });
  const isPlain = Object.keys(task).length <= 1;
  if (isPlain) return t('board.addHint');
  return (
    <span className="row" data-wrap="">
      {task.priority && (
        <>
          <PriorityMark priority={task.priority} />
          {t(`priority.${task.priority}`)}
        </>
      )}
      {task.assigneeIds?.map((id) => (
        <strong key={id}>{people.get(id)?.name}</strong>
      ))}
      {task.labelIds?.map((id) => (
        <span key={id} className="label-chip" style={{ '--color': labels.get(id)?.color ?? '' }}>
          {labels.get(id)?.name}
        </span>
      ))}
      {task.dueDate && <span>{formatDay(task.dueDate)}</span>}
      {task.estimate != null && <span>{t('board.estimateOf', { estimate: task.estimate })}</span>}
    </span>
  );
}

/** What the syntax has for a sign: people, labels, priorities. */
function complete({ people, labels }: ProjectFrame, sign: string, begun: string): Candidate[] {
  if (sign === '@') return findPeople(people, begun);
  if (sign === '#') {
    return [...labels.values()]
      .filter(({ name }) => begins(name, begun))
      .slice(0, 6)
      .map(({ id, name, color }) => ({
        id,
        text: /\s/.test(name) ? `"${name}"` : name,
        name,
        before: <span className="label-dot" style={{ '--color': color }} />,
      }));
  }
  return PRIORITIES.filter((priority) => priority !== 'none' && (begins(priority, begun) || begins(t(`priority.${priority}`), begun))).map(
    (id) => ({ id, text: id, name: t(`priority.${id}`), before: <PriorityMark priority={id} always /> }),
  );
}
