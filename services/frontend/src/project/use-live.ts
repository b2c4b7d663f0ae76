import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

/** Other people's changes: whatever the stream tells of, the boards are asked for anew. The browser reconnects and resumes by itself. */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    const stream = new EventSource('/api/tasks/stream');
    const refresh = () => void client.invalidateQueries({ queryKey: ['board'] });
    stream.addEventListener('message', refresh);
    stream.addEventListener('reset', refresh);
    stream.addEventListener('hidden', refresh);
    return () => stream.close();
  }, [client]);
}
