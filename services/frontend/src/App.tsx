import { useQuery } from '@tanstack/react-query';
import { type ReactNode, Suspense, useEffect, useRef } from 'react';
import { ApiProblem } from './api/problem.ts';
import { meQuery } from './data/queries.ts';
import { CrashBoundary, Failed, Skeleton } from './design/states.tsx';
import { useLanguage } from './i18n/translate.ts';
import { find, navigate, type Route, Router, usePlace } from './router/router.tsx';
import { privateRoutes, publicRoutes } from './routes.ts';
import { signInPath } from './session/session.ts';
import { NotFound } from './shell/NotFound.tsx';
import { Shell } from './shell/Shell.tsx';

const routes = [...publicRoutes, ...privateRoutes];

export function App() {
  const language = useLanguage();
  return (
    <Router routes={routes}>
      <CurrentScreen key={language} />
    </Router>
  );
}

function CurrentScreen() {
  const { path } = usePlace();
  useFocusOnScreenChange(path);
  const open = find(publicRoutes, path);
  return open ? <Found {...open} /> : <PrivateScreen />;
}

/** The screen of a route; when it crashes, another address shows the next one all the same. */
function Found({ route, params }: { route: Route; params: Record<string, string> }) {
  return (
    <CrashBoundary resetKey={usePlace().path}>
      <Suspense fallback={<Skeleton />}>
        <route.screen params={params} />
      </Suspense>
    </CrashBoundary>
  );
}

function PrivateScreen() {
  const me = useQuery(meQuery);
  const isSignedOut = me.error instanceof ApiProblem && me.error.status === 401;
  useEffect(() => {
    if (isSignedOut) navigate(signInPath(), { replace: true });
  }, [isSignedOut]);
  if (me.data) {
    return (
      <Shell me={me.data}>
        <Content />
      </Shell>
    );
  }
  return me.isError && !isSignedOut ? <Failed error={me.error} retry={() => void me.refetch()} /> : <Skeleton />;
}

function Content(): ReactNode {
  const { path } = usePlace();
  const found = find(privateRoutes, path);
  return found ? <Found {...found} /> : <NotFound />;
}

/** A screen reader and the tab key go on from the new screen's content, rather than from where the old link stood. */
function useFocusOnScreenChange(path: string): void {
  const section = path.split('/', 4).join('/');
  const last = useRef(section);
  useEffect(() => {
    if (last.current === section) return;
    last.current = section;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [section]);
}
