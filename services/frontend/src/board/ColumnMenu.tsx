import { useMutation } from '@tanstack/react-query';
import type { Column } from '@taskflow/contracts/tasks';
import { Suspense, useState } from 'react';
import { orderColumns } from '../api/columns.ts';
import { explain } from '../design/explain.ts';
import { lazyPart } from '../design/lazy-part.ts';
import type { Anchor } from '../design/popup.ts';
import { Menu } from '../design/popups.tsx';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';
import { useColumnsChanged } from './use-columns-changed.ts';

const ColumnDialog = lazyPart(() => import('./ColumnDialog.tsx'));
const DeleteColumnDialog = lazyPart(() => import('./DeleteColumnDialog.tsx'));

interface ColumnMenuProps {
  column: Column;
  count: number;
  /** where the menu stands while it is open; its dialogs outlive it */
  anchor: Anchor | undefined;
  onClose: () => void;
}

/** What those who manage a project can do to a column. */
export default function ColumnMenu({ column, count, anchor, onClose }: ColumnMenuProps) {
  const { project } = useFrame();
  const changed = useColumnsChanged();
  const [dialog, setDialog] = useState<'edit' | 'delete'>();
  const ids = project.columns.map(({ id }) => id);
  const index = ids.indexOf(column.id);
  const order = useMutation({
    mutationFn: (to: number) => orderColumns(project, ids.toSpliced(index, 1).toSpliced(to, 0, column.id)).then(changed),
    onError: (error) => showToast({ text: explain(error), tone: 'bad' }),
  });
  const name = t('column.menu', { name: column.name });
  const close = () => setDialog(undefined);
  return (
    <>
      {anchor && (
        <Menu
          label={name}
          anchor={anchor}
          onClose={onClose}
          entries={[
            { id: 'edit', label: t('column.edit'), icon: 'edit', onAction: () => setDialog('edit') },
            { id: 'left', label: t('column.left'), icon: 'arrowLeft', isDisabled: index === 0, onAction: () => order.mutate(index - 1) },
            {
              id: 'right',
              label: t('column.right'),
              icon: 'arrowRight',
              isDisabled: index === ids.length - 1,
              onAction: () => order.mutate(index + 1),
            },
            {
              id: 'delete',
              label: t('column.delete'),
              icon: 'trash',
              tone: 'bad',
              isDisabled: ids.length === 1,
              onAction: () => setDialog('delete'),
            },
          ]}
        />
      )}
      <Suspense>
        {dialog === 'edit' && <ColumnDialog column={column} onClose={close} />}
        {dialog === 'delete' && <DeleteColumnDialog column={column} count={count} onClose={close} />}
      </Suspense>
    </>
  );
}
