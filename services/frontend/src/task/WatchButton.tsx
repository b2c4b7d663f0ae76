import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { setWatch } from '../api/tasks.ts';
import { watchQuery } from '../data/queries.ts';
import { explain } from '../design/explain.ts';
import { Icon } from '../design/Icon.tsx';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';

/** Whether one hears of what happens to the task. */
export function WatchButton({ taskId }: { taskId: string }) {
  const client = useQueryClient();
  const { queryKey } = watchQuery(taskId);
  const { data } = useQuery(watchQuery(taskId));
  const change = useMutation({
    mutationFn: (watching: boolean) => setWatch(taskId, watching),
    onSuccess: (watch) => {
      client.setQueryData(queryKey, watch);
      showToast({ text: t(watch.watching ? 'task.watching' : 'task.notWatching') });
    },
    onError: (error) => showToast({ text: explain(error), tone: 'bad' }),
  });
  const isWatching = data?.watching ?? false;
  const name = t(isWatching ? 'task.unwatch' : 'task.watch');
  return (
    <button
      type="button"
      className="button"
      data-icon=""
      data-size="small"
      aria-label={name}
      title={name}
      aria-disabled={!data || change.isPending}
      onClick={() => data && !change.isPending && change.mutate(!isWatching)}
    >
      <Icon name={isWatching ? 'bell' : 'bellOff'} />
    </button>
  );
}
