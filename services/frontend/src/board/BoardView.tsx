import { Suspense } from 'react';
import { lazyPart } from '../design/lazy-part.ts';
import { t } from '../i18n/translate.ts';
import { ViewChoice } from '../list/ViewChoice.tsx';
import { usePlace } from '../router/router.tsx';
import { BoardFrame } from './BoardFrame.tsx';
import { BoardSkeleton } from './BoardSkeleton.tsx';
import { FilterBar } from './FilterBar.tsx';

const LanedBoard = lazyPart(() => import('./LanedBoard.tsx'));

const LANES = ['none', 'assignee', 'label', 'priority'] as const;

/** The columns of a project with their tasks, perhaps in lanes: ?lanes=assignee */
export function BoardView() {
  const { search } = usePlace();
  const lanes = LANES.find((kind) => kind === search.get('lanes')) ?? 'none';
  return (
    <>
      <FilterBar>
        <ViewChoice
          name="lanes"
          label={t('board.lanes')}
          value={lanes}
          options={LANES.map((id) => [id, id === 'none' ? t('task.none') : t(`list.group.${id}`)])}
        />
      </FilterBar>
      {lanes === 'none' ? (
        <BoardFrame />
      ) : (
        <Suspense fallback={<BoardSkeleton />}>
          <LanedBoard key={lanes} kind={lanes} />
        </Suspense>
      )}
    </>
  );
}
