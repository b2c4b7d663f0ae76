import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Board, Task } from '@taskflow/contracts/tasks';
import { boardQuery, labelsQuery, membersQuery } from '../data/queries.ts';
import { t } from '../i18n/translate.ts';
import { findCard } from './apply.ts';

/** What people call the things that the fields of a task hold ids of. */
export function useNames({ projectId, workspaceId }: Task): (field: string, id: string) => string {
  const client = useQueryClient();
  const people = useQuery(membersQuery(workspaceId)).data;
  const labels = useQuery(labelsQuery(projectId)).data;
  return (field, id) => {
    if (field === 'assigneeIds') return people?.find(({ userId }) => userId === id)?.name ?? t('task.somebody');
    if (field === 'labelIds') return labels?.find((label) => label.id === id)?.name ?? '?';
    const board: Board | undefined = client.getQueryData(boardQuery(projectId).queryKey);
    return (board && findCard(board, id)?.title) ?? t('task.somewhere');
  };
}
