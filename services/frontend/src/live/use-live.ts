import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

/** Milliseconds until a stream that was refused is asked for again. */
const AGAIN_MS = 5000;

/**
 * Other people's changes: whatever the stream tells of, boards and projects are asked for anew. The browser reconnects by itself
 * when the connection breaks, but not when the answer was an error, such as while a service is away.
 */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    let stream: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      void client.invalidateQueries({ queryKey: ['board'] });
      void client.invalidateQueries({ queryKey: ['projects'] });
    };
    const open = (again: boolean) => {
      stream = new EventSource('/api/tasks/stream');
      // What happened since the stream before is not in this one.
      if (again) stream.onopen = refresh;
      for (const type of ['message', 'reset', 'hidden']) stream.addEventListener(type, refresh);
      stream.onerror = () => {
        if (stream.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS, true);
      };
    };
    open(false);
    return () => {
      clearTimeout(timer);
      stream.close();
    };
  }, [client]);
}
