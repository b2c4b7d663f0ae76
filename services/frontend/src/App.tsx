import { useQuery } from '@tanstack/react-query';
import { type ReactNode, Suspense, useEffect, useRef } from 'react';
import { ApiProblem } from './api/problem.ts';
import { meQuery } from './data/queries.ts';
import { CrashBoundary, Empty, Failed, Skeleton } from './design/states.tsx';
import { t, useLanguage } from './i18n/translate.ts';
import { find, Link, navigate, Router, usePlace } from './router/router.tsx';
import { privateRoutes, publicRoutes } from './routes.ts';
import { signInPath } from './session/session.ts';
import { Screen, Shell } from './shell/Shell.tsx';

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
  if (!open) return <PrivateScreen />;
  return (
    <CrashBoundary resetKey={path}>
      <Suspense fallback={<Skeleton />}>
        <open.route.screen params={open.params} />
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
  if (!found) {
    return (
      <Screen title={t('app.notFound')}>
        <Empty icon="search" title={t('app.notFound')}>
          <p>{t('app.notFoundText')}</p>
          <Link to="/" className="button" data-kind="plain">
            {t('app.toStart')}
          </Link>
        </Empty>
      </Screen>
    );
  }
  return (
    <CrashBoundary resetKey={path}>
      <Suspense fallback={<Skeleton />}>
        <found.route.screen params={found.params} />
      </Suspense>
    </CrashBoundary>
  );
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
