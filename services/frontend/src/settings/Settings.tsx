import { type ComponentType, Suspense } from 'react';
import { Skeleton } from '../design/states.tsx';
import { type PlainKey, t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { NotFound } from '../shell/NotFound.tsx';
import { Screen, useMe } from '../shell/Shell.tsx';
import './settings.css';
import { lazyPart } from '../design/lazy-part.ts';

const SECTIONS: Array<{ id: string; name: PlainKey; section: ComponentType; admin?: true }> = [
  { id: 'profile', name: 'settings.profile', section: lazyPart(() => import('./Profile.tsx')) },
  { id: 'security', name: 'settings.security', section: lazyPart(() => import('./Security.tsx')) },
  { id: 'notifications', name: 'settings.notifications', section: lazyPart(() => import('./Notifications.tsx')) },
  { id: 'tokens', name: 'settings.tokens', section: lazyPart(() => import('./Tokens.tsx')) },
  { id: 'accounts', name: 'accounts.title', section: lazyPart(() => import('./Accounts.tsx')), admin: true },
  { id: 'audit', name: 'audit.title', section: lazyPart(() => import('./Audit.tsx')), admin: true },
];

/** What a person decides for themselves; administrators also for the installation. */
export default function Settings({ params }: { params: Record<string, string> }) {
  const { admin } = useMe();
  const sections = SECTIONS.filter((section) => admin || !section.admin);
  const chosen = sections.find(({ id }) => id === (params.section ?? 'profile'));
  if (!chosen) return <NotFound />;
  return (
    <Screen title={t('settings.title')}>
      <div className="settings">
        <nav className="settings-nav" aria-label={t('settings.title')}>
          {sections.map(({ id, name }) => (
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
