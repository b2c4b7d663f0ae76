import { Suspense, useState } from 'react';
import type { Column } from '../changes/apply.ts';
import { IconButton } from '../design/IconButton.tsx';
import { lazyPart } from '../design/lazy-part.ts';
import { usePopup } from '../design/popup.ts';
import { formatNumber, t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';

const ColumnMenu = lazyPart(() => import('./ColumnMenu.tsx'));

interface ColumnHeadProps {
  column: Column;
  /** cards in it, whether the filters show them or not */
  total: number;
  headingId: string;
  onAdd: () => void;
}

/** Name, count and limit of a column, and what can be done to it. */
export function ColumnHead({ column, total, headingId, onAdd }: ColumnHeadProps) {
  const { mayEdit, mayManage, project } = useFrame();
  const menu = usePopup();
  const [isUsed, setUsed] = useState(false);
  const isFull = column.wipLimit !== null && total >= column.wipLimit;
  return (
    <header className="column-head">
      <span className="category" data-category={column.category} />
      <h2 id={headingId} className="cut">
        {column.name}
      </h2>
      <span className="column-count number" data-full={isFull || undefined}>
        {column.wipLimit === null ? formatNumber(total) : t('board.countOfLimit', { total, limit: column.wipLimit })}
        <span className="unseen">{isBeyond(column, total) ? ` ${t('board.beyondLimit')}` : isFull ? ` ${t('board.atLimit')}` : ''}</span>
      </span>
      <span className="grow" />
      {mayEdit && <IconButton icon="add" label={t('board.addTo', { column: column.name })} onClick={onAdd} />}
      {mayManage && !project.archived && (
        <IconButton
          icon="more"
          label={t('column.menu', { name: column.name })}
          aria-haspopup="menu"
          onClick={(event) => {
            setUsed(true);
            menu.open(event);
          }}
        />
      )}
      {isUsed && (
        <Suspense>
          <ColumnMenu column={column} count={total} anchor={menu.anchor} onClose={menu.close} />
        </Suspense>
      )}
    </header>
  );
}

export const isBeyond = ({ wipLimit }: Column, total: number): boolean => wipLimit !== null && total > wipLimit;
