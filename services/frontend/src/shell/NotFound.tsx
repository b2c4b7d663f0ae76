import { Empty } from '../design/states.tsx';
import { t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { Screen } from './Shell.tsx';

export function NotFound() {
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
