import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { explain } from '../design/explain.ts';
import { showToast } from '../design/toasts.tsx';

/**
 * An act that is carried out at once: what it changed is asked for anew, and it is said how it went.
 * @param refresh keys of what it changes
 */
export function useSave<Values, Answer>(act: (values: Values) => Promise<Answer>, refresh: QueryKey[], said?: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async () => {
      if (said) showToast({ text: said });
      await Promise.all(refresh.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
    onError: (error) => showToast({ text: explain(error), tone: 'bad' }),
  });
}
