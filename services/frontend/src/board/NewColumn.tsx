import { lazy, Suspense, useState } from 'react';
import { Icon } from '../design/Icon.tsx';
import { t } from '../i18n/translate.ts';

const ColumnDialog = lazy(() => import('./ColumnDialog.tsx'));

export function NewColumn() {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="column-new">
      <button type="button" className="button" onClick={() => setOpen(true)}>
        <Icon name="add" />
        {t('column.new')}
      </button>
      <Suspense>{isOpen && <ColumnDialog onClose={() => setOpen(false)} />}</Suspense>
    </div>
  );
}
