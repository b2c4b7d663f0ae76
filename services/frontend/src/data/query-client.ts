import { QueryClient } from '@tanstack/react-query';
import { isTemporary } from '../api/problem.ts';

/** Live changes keep what is shown up to date, so nothing grows old by itself; coming back to the page asks anew. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      retry: (failures, error) => isTemporary(error) && failures < 3,
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 8000),
    },
    mutations: { retry: false },
  },
});
