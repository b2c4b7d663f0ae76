import { t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { SessionPage } from './SessionPage.tsx';

export default function Forgotten() {
  return (
    <SessionPage title={t('session.forgottenTitle')}>
      <p>{t('session.forgottenText')}</p>
      <p>
        <Link to="/sign-in">{t('session.backToSignIn')}</Link>
      </p>
    </SessionPage>
  );
}
