import { useMutation } from '@tanstack/react-query';
import type { Column } from '@taskflow/contracts/tasks';
import { type FormEvent, useState } from 'react';
import { createColumn, patchColumn } from '../api/columns.ts';
import { Dialog } from '../design/Dialog.tsx';
import { Field } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';
import { useColumnsChanged } from './use-columns-changed.ts';

const CATEGORIES = ['todo', 'active', 'done'] as const;

/** A new column, or one that changes its name, its meaning or its limit. */
export default function ColumnDialog({ column, onClose }: { column?: Column; onClose: () => void }) {
  const { project } = useFrame();
  const changed = useColumnsChanged();
  const [name, setName] = useState(column?.name ?? '');
  const [category, setCategory] = useState(column?.category ?? 'active');
  const [limit, setLimit] = useState(column?.wipLimit ? String(column.wipLimit) : '');
  const save = useMutation({
    mutationFn: async () => {
      const wipLimit = limit === '' ? null : Number(limit);
      const saved = column
        ? await patchColumn(project.id, column, { name: name.trim(), category, wipLimit })
        : await createColumn(project.id, { name: name.trim(), category, ...(wipLimit === null ? {} : { wipLimit }) });
      await changed();
      return saved;
    },
    onSuccess: onClose,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <Dialog title={t(column ? 'column.edit' : 'column.new')} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <Refusal error={save.error} />
        <Field
          label={t('project.name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={100}
          required
          data-autofocus=""
          autoComplete="off"
        />
        <fieldset className="choices">
          <legend>{t('column.meaning')}</legend>
          {CATEGORIES.map((value) => (
            <label key={value} className="row">
              <input type="radio" name="category" checked={category === value} onChange={() => setCategory(value)} />
              <span className="category" data-category={value} />
              {t(`column.${value}`)}
            </label>
          ))}
        </fieldset>
        <Field
          label={t('column.limit')}
          hint={t('column.limitHint')}
          type="number"
          min={1}
          max={10_000}
          step={1}
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
          <button type="submit" className="button" data-kind="primary" aria-disabled={save.isPending}>
            {t(column ? 'app.save' : 'column.create')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
