import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { listMutes, setMute } from '../api/notifications.ts';
import { explain } from '../design/explain.ts';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';

const KEY = ['mutes'];

/** Whether one hears of a task or project only what calls on oneself; undefined while that is not known. */
export function useMute(kind: 'task' | 'project', id: string): { isMuted: boolean | undefined; change: (muted: boolean) => void } {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => listMutes(signal) });
  const save = useMutation({
    mutationFn: (muted: boolean) => setMute(kind, id, muted),
    scope: { id: 'mutes' }, // one after the other, so that the last one counts
    onSuccess: (_, muted) => {
      showToast({ text: t(muted ? 'mute.on' : 'mute.off') });
      return client.invalidateQueries({ queryKey: KEY });
    },
    onError: (error) => showToast({ text: explain(error), tone: 'bad' }),
  });
  return {
    isMuted: save.isPending ? save.variables : data?.items.some((mute) => mute.kind === kind && mute.id === id),
    change: (muted) => save.mutate(muted),
  };
}
