import { useMutation } from '@tanstack/react-query';
import type { Column } from '@taskflow/contracts/tasks';
import { useState } from 'react';
import { deleteColumn } from '../api/columns.ts';
import { Dialog } from '../design/Dialog.tsx';
import { SelectField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { useColumnsChanged } from './use-columns-changed.ts';

/** Its tasks go to another column. */
export default function DeleteColumnDialog({ column, count, onClose }: { column: Column; count: number; onClose: () => void }) {
  const { project, board } = useProject();
  const changed = useColumnsChanged();
  const others = board.columns.filter(({ id }) => id !== column.id);
  const [moveTo, setMoveTo] = useState(others[0]?.id ?? '');
  const remove = useMutation({
    mutationFn: () => deleteColumn(project.id, column, moveTo || undefined).then(changed),
    onSuccess: onClose,
  });
  return (
    <Dialog title={t('column.deleteTitle', { name: column.name })} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!remove.isPending) remove.mutate();
        }}
      >
        <Refusal error={remove.error} />
        <p>{t('column.deleteText', { count })}</p>
        <SelectField label={t('column.moveTo')} value={moveTo} onChange={(event) => setMoveTo(event.target.value)}>
          {others.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
          <button type="submit" className="button" data-kind="danger" aria-disabled={remove.isPending}>
            {t('column.delete')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
