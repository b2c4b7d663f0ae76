import { useQuery } from '@tanstack/react-query';
import { t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { History } from './History.tsx';
import { type Level, readServices } from './read-services.ts';
import './status.css';

const WORDS = {
  healthy: 'status.healthy',
  degraded: 'status.degraded',
  down: 'status.down',
} as const satisfies Record<Level, unknown>;

/** Asks each service for its status document, through the gateway; also for those who cannot sign in at the moment. */
export default function Status() {
  const { data } = useQuery({ queryKey: ['services'], queryFn: readServices, refetchInterval: 5000, staleTime: 0 });
  const troubled = data?.filter(({ level }) => level !== 'healthy').length ?? 0;
  return (
    <div className="status">
      <title>{`${t('status.title')} · TaskFlow`}</title>
      <header className="status-head">
        <Link to="/" className="row">
          <img src="/icon.svg" alt="" width="28" height="28" />
          TaskFlow
        </Link>
        <a href="/api/docs">{t('shell.apiReference')}</a>
      </header>
      <main id="main" tabIndex={-1}>
        <h1 role="status">
          {data === undefined ? t('status.asking') : troubled === 0 ? t('status.allReady') : t('status.troubled', { count: troubled })}
        </h1>
        <ul className="services" aria-label={t('status.services')}>
          {data?.map(({ id, level, detail }) => (
            <li key={id} data-level={level}>
              <span className="services-name">{t(`status.${id}`)}</span>
              <span className="services-level">{t(WORDS[level])}</span>
              <span className="services-purpose">{t(`status.${id}Purpose`)}</span>
              <span className="services-detail number">{detail}</span>
            </li>
          ))}
        </ul>
        <History />
      </main>
    </div>
  );
}
