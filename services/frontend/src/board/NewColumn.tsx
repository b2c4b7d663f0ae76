import { Suspense, useState } from 'react';
import { Icon } from '../design/Icon.tsx';
import { lazyPart } from '../design/lazy-part.ts';
import { t } from '../i18n/translate.ts';

const ColumnDialog = lazyPart(() => import('./ColumnDialog.tsx'));

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
