import type { Task } from '@taskflow/contracts/tasks';
import { useState } from 'react';
import { Dialog } from '../design/Dialog.tsx';
import { showToast } from '../design/toasts.tsx';
import { formatDay } from '../i18n/dates.ts';
import { formatList, formatNumber, type PlainKey, t } from '../i18n/translate.ts';
import type { Fields } from './change.ts';
import { resolveConflict } from './changes.ts';
import { type Conflict, closeConflict, openConflict } from './conflicts.ts';
import { useNames } from './names.ts';
import './conflict.css';

const NAMES: Partial<Record<keyof Task, PlainKey>> = {
  title: 'task.title',
  description: 'task.description',
  priority: 'task.priority',
  assigneeIds: 'task.assignees',
  labelIds: 'task.labels',
  startDate: 'task.startDate',
  dueDate: 'task.dueDate',
  estimate: 'task.estimate',
  parentId: 'task.parent',
};

/** Two people changed the same: both versions side by side, and one chooses field by field. Nothing is lost until one does. */
export default function ConflictDialog({ conflict }: { conflict: Conflict }) {
  const { change, current, fields } = conflict;
  const names = useNames(current);
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set(fields));
  const say = (field: string, value: unknown): string => {
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return t('task.none');
    if (Array.isArray(value)) return formatList(value.map((id) => names(field, String(id))));
    if (field === 'priority') return t(`priority.${value as 'none'}`);
    if (field.endsWith('Date')) return formatDay(String(value));
    return typeof value === 'number' ? formatNumber(value) : field === 'parentId' ? names(field, String(value)) : String(value);
  };
  const choose = (field: string, isMine: boolean) =>
    setMine((chosen) => {
      const next = new Set(chosen);
      if (isMine) next.add(field);
      else next.delete(field);
      return next;
    });
  const save = () => {
    closeConflict(conflict);
    resolveConflict(conflict, Object.fromEntries(Object.entries(change.to).filter(([field]) => mine.has(field))) as Fields);
  };
  const keepTheirs = () => {
    closeConflict(conflict);
    showToast({
      text: t('conflict.kept', { name: current.humanId }),
      action: { label: t('conflict.again'), run: () => openConflict(conflict) },
    });
  };
  return (
    <Dialog title={t('conflict.title', { name: current.humanId })} onClose={keepTheirs} wide>
      <p>{t('conflict.text')}</p>
      {fields.map((field) => (
        <fieldset key={field} className="conflict">
          <legend>{NAMES[field as keyof Task] ? t(NAMES[field as keyof Task]!) : field}</legend>
          {([true, false] as const).map((isMine) => (
            <label key={String(isMine)} className="conflict-side" data-chosen={mine.has(field) === isMine || undefined}>
              <span className="row">
                <input type="radio" name={field} checked={mine.has(field) === isMine} onChange={() => choose(field, isMine)} />
                <strong>{t(isMine ? 'conflict.mine' : 'conflict.theirs')}</strong>
              </span>
              <span className="conflict-value">{say(field, isMine ? change.to[field as keyof Fields] : current[field as keyof Task])}</span>
            </label>
          ))}
        </fieldset>
      ))}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={keepTheirs}>
          {t('conflict.keepTheirs')}
        </button>
        <button type="button" className="button" data-kind="primary" data-autofocus="" onClick={save}>
          {t('conflict.save')}
        </button>
      </div>
    </Dialog>
  );
}
