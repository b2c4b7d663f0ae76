import './random-uuid.ts';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { queryClient } from './data/query-client.ts';
import { applyLanguage, preferredLanguage } from './i18n/translate.ts';
import { find } from './router/router.tsx';
import { privateRoutes, publicRoutes } from './routes.ts';

const RELOADED = 'taskflow.reloaded';
const PAUSE_MS = 60_000;

// After a deploy the files that an open page would load next are gone: it is loaded anew, but not again and again, and not while the
// server is out of reach, which would leave nothing of it.
addEventListener('vite:preloadError', () => {
  if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < PAUSE_MS) return;
  fetch('/', { cache: 'no-store' }).then(
    ({ ok }) => {
      if (!ok) return;
      sessionStorage.setItem(RELOADED, String(Date.now()));
      location.reload();
    },
    () => {},
  );
});

const language = applyLanguage(preferredLanguage());
find([...publicRoutes, ...privateRoutes], location.pathname)?.route.preload();
await language;

createRoot(document.getElementById('app')!).render(
  <QueryClientProvider client={queryClient}>
    <App />
  </QueryClientProvider>,
);

// Only of a built app: the files of a development server change under its hands. Without it the app works all the same.
if (import.meta.env.PROD && 'serviceWorker' in navigator) navigator.serviceWorker.register('/sw.js').catch(() => {});
