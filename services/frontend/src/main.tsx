import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { queryClient } from './data/query-client.ts';
import { applyLanguage, preferredLanguage } from './i18n/translate.ts';

await applyLanguage(preferredLanguage());

createRoot(document.getElementById('app')!).render(
  <QueryClientProvider client={queryClient}>
    <App />
  </QueryClientProvider>,
);
