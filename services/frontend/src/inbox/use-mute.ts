import { useQuery } from '@tanstack/react-query';
import { listMutes, setMute } from '../api/notifications.ts';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';
import { useSave } from '../settings/use-save.ts';

const KEY = ['mutes'];

/** Whether one hears of a task or project only what calls on oneself; undefined while that is not known. */
export function useMute(kind: 'task' | 'project', id: string): { isMuted: boolean | undefined; change: (muted: boolean) => void } {
  const { data } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => listMutes(signal) });
  const save = useSave(
    async (muted: boolean) => {
      await setMute(kind, id, muted);
      showToast({ text: t(muted ? 'mute.on' : 'mute.off') });
    },
    [KEY],
  );
  return {
    isMuted: save.isPending ? save.variables : data?.items.some((mute) => mute.kind === kind && mute.id === id),
    change: (muted) => !save.isPending && save.mutate(muted),
  };
}
