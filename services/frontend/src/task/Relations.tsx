import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Relation, RelationType, Task } from '@taskflow/contracts/tasks';
import { useState } from 'react';
import { createRelation, deleteRelation } from '../api/tasks.ts';
import { relationsQuery } from '../data/queries.ts';
import { explain } from '../design/explain.ts';
import { IconButton } from '../design/IconButton.tsx';
import { usePopup } from '../design/popup.ts';
import { Menu } from '../design/popups.tsx';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { FindTask } from './FindTask.tsx';

const TYPES: RelationType[] = ['blocks', 'blocked_by', 'relates', 'duplicates', 'duplicated_by'];

/** What the task blocks, duplicates or belongs to, of this project and others. */
export function Relations({ task, canEdit }: { task: Task; canEdit: boolean }) {
  const client = useQueryClient();
  const { queryKey } = relationsQuery(task.id);
  const { data } = useQuery(relationsQuery(task.id));
  const menu = usePopup();
  const [adding, setAdding] = useState<RelationType>();
  const items = data?.items ?? [];
  const show = (change: (items: Relation[]) => Relation[]) =>
    client.setQueryData(queryKey, (known) => ({ items: change(known?.items ?? []) }));
  const onError = (error: unknown) => showToast({ text: explain(error), tone: 'bad' });
  const add = useMutation({
    mutationFn: ({ type, taskId }: { type: RelationType; taskId: string }) => createRelation(task.id, type, taskId),
    onSuccess: (relation) => {
      show((known) => [...known.filter(({ id }) => id !== relation.id), relation]);
      const undo = () => remove.mutate(relation);
      showToast({ text: t('relation.added', { name: relation.task.humanId }), action: { label: t('change.undo'), run: undo } });
    },
    onError,
  });
  const remove = useMutation({
    mutationFn: (relation: Relation) => deleteRelation(task.id, relation.id),
    onSuccess: (_nothing, relation) => {
      show((known) => known.filter(({ id }) => id !== relation.id));
      const undo = () => add.mutate({ type: relation.type, taskId: relation.task.id });
      showToast({ text: t('relation.removed', { name: relation.task.humanId }), action: { label: t('change.undo'), run: undo } });
    },
    onError,
  });
  if (items.length === 0 && !canEdit) return null;
  return (
    <section className="panel-section" aria-labelledby="task-relations">
      <header className="panel-section-head">
        <h3 id="task-relations">{t('relation.title')}</h3>
        {canEdit && <IconButton icon="add" label={t('relation.add')} aria-haspopup="menu" onClick={menu.open} />}
      </header>
      {TYPES.map((type) => {
        const own = items.filter((item) => item.type === type);
        if (own.length === 0) return null;
        return (
          <div key={type} className="relations">
            <h4 className="quiet">{t(`relation.${type}`)}</h4>
            <ul>
              {own.map((relation) => (
                <li key={relation.id} className="row">
                  <span className="category" data-category={relation.task.category} />
                  <Link to={`/tasks/${relation.task.humanId}`} className="subtask-title grow">
                    <span className="quiet number">{relation.task.humanId}</span> {relation.task.title}
                  </Link>
                  {canEdit && (
                    <IconButton
                      icon="close"
                      label={t('relation.remove', { name: relation.task.humanId })}
                      onClick={() => remove.mutate(relation)}
                    />
                  )}
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      {menu.anchor && (
        <Menu
          label={t('relation.add')}
          anchor={menu.anchor}
          onClose={menu.close}
          entries={TYPES.map((type) => ({ id: type, label: t(`relation.${type}`), onAction: () => setAdding(type) }))}
        />
      )}
      {adding && (
        <FindTask
          title={t(`relation.${adding}`)}
          except={task.id}
          onClose={() => setAdding(undefined)}
          onFound={(found) => {
            setAdding(undefined);
            add.mutate({ type: adding, taskId: found.id });
          }}
        />
      )}
    </section>
  );
}
