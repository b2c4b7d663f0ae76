import { type ComponentType, lazy, Suspense } from 'react';
import { Skeleton } from '../design/states.tsx';
import { type PlainKey, t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { NotFound } from '../shell/NotFound.tsx';
import { Screen } from '../shell/Shell.tsx';
import './settings.css';

const SECTIONS: Array<{ id: string; name: PlainKey; section: ComponentType }> = [
  { id: 'profile', name: 'settings.profile', section: lazy(() => import('./Profile.tsx')) },
  { id: 'security', name: 'settings.security', section: lazy(() => import('./Security.tsx')) },
  { id: 'notifications', name: 'settings.notifications', section: lazy(() => import('./Notifications.tsx')) },
  { id: 'tokens', name: 'settings.tokens', section: lazy(() => import('./Tokens.tsx')) },
];

/** What a person decides for themselves. */
export default function Settings({ params }: { params: Record<string, string> }) {
  const chosen = SECTIONS.find(({ id }) => id === (params.section ?? 'profile'));
  if (!chosen) return <NotFound />;
  return (
    <Screen title={t('settings.title')}>
      <div className="settings">
        <nav className="settings-nav" aria-label={t('settings.title')}>
          {SECTIONS.map(({ id, name }) => (
            <Link key={id} to={`/settings/${id}`} className="sidebar-link" aria-current={id === chosen.id ? 'page' : undefined}>
              {t(name)}
            </Link>
          ))}
        </nav>
        <div className="settings-body">
          <Suspense fallback={<Skeleton />}>
            <chosen.section />
          </Suspense>
        </div>
      </div>
    </Screen>
  );
}
