import type { Task } from '@taskflow/contracts/tasks';
import { useMemo } from 'react';
import { editTask } from '../board/acts.ts';
import { Icon } from '../design/Icon.tsx';
import { t } from '../i18n/translate.ts';
import { useFrame, useProject } from '../project/project-view.ts';
import { useDraft } from './draft.ts';
import { editableTask } from './editable-task.ts';
import { Markdown, tick } from './Markdown.tsx';
import { MarkdownEditor } from './MarkdownEditor.tsx';

/** Read as it looks, and written as Markdown in the same place. What is being written survives a reload. */
export function Description({ task, canEdit }: { task: Task; canEdit: boolean }) {
  const view = useProject();
  const [draft, setDraft] = useDraft(`description.${task.id}`);
  const handles = useHandles();
  const edit = (description: string) => editTask(view, editableTask(task), { description });
  const save = () => {
    if (draft !== undefined && draft.trim() !== task.description) edit(draft.trim());
    setDraft(undefined);
  };
  if (draft !== undefined && canEdit) {
    return (
      <section className="panel-section" aria-label={t('task.description')}>
        <MarkdownEditor
          label={t('task.description')}
          value={draft}
          onChange={setDraft}
          onSubmit={save}
          onCancel={() => setDraft(undefined)}
          rows={8}
          autoFocus
        >
          <button type="button" className="button" data-kind="primary" data-size="small" onClick={save}>
            {t('app.save')}
          </button>
          <button type="button" className="button" data-size="small" onClick={() => setDraft(undefined)}>
            {t('app.cancel')}
          </button>
        </MarkdownEditor>
      </section>
    );
  }
  return (
    <section className="panel-section description" aria-label={t('task.description')}>
      {task.description !== '' && (
        <Markdown
          text={task.description}
          handles={handles}
          projectKey={view.project.key}
          onTick={canEdit ? (index, isDone) => edit(tick(task.description, index, isDone)) : undefined}
        />
      )}
      {canEdit && (
        <button type="button" className="button description-edit" data-size="small" onClick={() => setDraft(task.description)}>
          <Icon name="edit" />
          {t(task.description === '' ? 'task.addDescription' : 'task.editDescription')}
        </button>
      )}
    </section>
  );
}

/** Everyone who can be mentioned. */
export function useHandles(): ReadonlySet<string> {
  const { people } = useFrame();
  return useMemo(() => new Set([...people.values()].map(({ handle }) => handle.toLowerCase())), [people]);
}
