import type { Task } from '@taskflow/contracts/tasks';
import { useState } from 'react';
import { moveCard } from '../board/acts.ts';
import { addTasks } from '../board/add-tasks.ts';
import { splitLines } from '../board/quick-add.ts';
import type { Card, Column } from '../changes/apply.ts';
import { isTemporaryId } from '../changes/change.ts';
import { t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { Link } from '../router/router.tsx';
import { useDraft } from './draft.ts';

/** Parts of a task, which are tasks themselves: ticked by moving to a column that means done, and back. */
export function Subtasks({ task, canEdit, closePath }: { task: Task; canEdit: boolean; closePath: string }) {
  const view = useProject();
  const own = view.board.columns.flatMap((column) =>
    column.cards.filter(({ parentId }) => parentId === task.id).map((card) => ({ card, column })),
  );
  own.sort((a, b) => a.card.number - b.card.number);
  const done = own.filter(({ column }) => column.category === 'done').length;
  const [isAdding, setAdding] = useState(false);
  if (own.length === 0 && !canEdit) return null;
  const tick = (card: Card, column: Column) => {
    const wanted = column.category === 'done' ? ['todo', 'active'] : ['done'];
    const target = view.board.columns.find(({ category }) => wanted.includes(category));
    if (target) moveCard(view, card, { columnId: target.id });
  };
  return (
    <section className="panel-section" aria-labelledby="task-subtasks">
      <header className="panel-section-head">
        <h3 id="task-subtasks">{t('task.subtasks')}</h3>
        {own.length > 0 && (
          <>
            <span className="number quiet">{t('task.progress', { done, total: own.length })}</span>
            <progress className="progress" value={done} max={own.length} aria-label={t('task.progress', { done, total: own.length })} />
          </>
        )}
      </header>
      <ul className="subtasks">
        {own.map(({ card, column }) => (
          <li key={card.id} className="row" data-done={column.category === 'done' || undefined}>
            <input
              type="checkbox"
              checked={column.category === 'done'}
              disabled={!canEdit || isTemporaryId(card.id)}
              aria-label={t('task.done', { name: card.title })}
              onChange={() => tick(card, column)}
            />
            {isTemporaryId(card.id) ? (
              <span className="grow">{card.title}</span>
            ) : (
              <Link to={`${closePath}/${view.board.key}-${card.number}`} className="subtask-title grow">
                {card.title}
              </Link>
            )}
            <span className="quiet number">{isTemporaryId(card.id) ? '' : `${view.board.key}-${card.number}`}</span>
          </li>
        ))}
      </ul>
      {canEdit &&
        (isAdding ? (
          <AddSubtasks task={task} onClose={() => setAdding(false)} />
        ) : (
          <button type="button" className="button quiet-button" data-size="small" onClick={() => setAdding(true)}>
            {t('task.addSubtask')}
          </button>
        ))}
    </section>
  );
}

function AddSubtasks({ task, onClose }: { task: Task; onClose: () => void }) {
  const view = useProject();
  const [text = '', setText] = useDraft(`subtask.${task.id}`);
  const add = (lines: string[]) => {
    const columnId = task.category === 'done' ? view.board.columns[0]!.id : task.columnId;
    if (lines.length > 0) addTasks(view, columnId, lines, { parentId: task.id });
    setText(undefined);
  };
  return (
    <input
      className="input"
      aria-label={t('task.addSubtask')}
      placeholder={t('task.addSubtaskHint')}
      maxLength={500}
      value={text}
      // biome-ignore lint/a11y/noAutofocus: asked for by the button that it replaces
      autoFocus
      onChange={(event) => setText(event.target.value)}
      onPaste={(event) => {
        const lines = splitLines(event.clipboardData.getData('text/plain'));
        if (lines.length < 2) return;
        event.preventDefault();
        add(lines);
      }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') add(splitLines(text));
        else if (event.key === 'Escape') onClose();
        else return;
        event.preventDefault();
      }}
      onBlur={() => text.trim() === '' && onClose()}
    />
  );
}
