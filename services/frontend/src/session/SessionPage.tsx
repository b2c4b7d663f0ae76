import type { ReactNode } from 'react';
import { chooseLanguage, currentLanguage, LANGUAGES, type Language, t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import './session.css';

/** The frame of everything before signing in. */
export function SessionPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="session">
      <title>{`${title} · TaskFlow`}</title>
      <main className="session-card" id="main" tabIndex={-1}>
        <img src="/icon.svg" alt="" width="36" height="36" />
        <h1>{title}</h1>
        {children}
      </main>
      <footer className="session-foot">
        <Link to="/status">{t('session.status')}</Link>
        <select
          className="language"
          aria-label={t('app.language')}
          value={currentLanguage()}
          onChange={(event) => void chooseLanguage(event.target.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </footer>
    </div>
  );
}
