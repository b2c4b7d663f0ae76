import { login } from '../api/auth.ts';
import { Field, PasswordField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { Link, usePlace } from '../router/router.tsx';
import { SessionPage } from './SessionPage.tsx';
import { begin, nextPath } from './session.ts';
import { useSubmit } from './use-submit.ts';

export default function SignIn() {
  const { search } = usePlace();
  const { error, busy, onSubmit } = useSubmit(async ({ email = '', password = '' }) =>
    begin(await login({ email: email.trim(), password }), nextPath(search)),
  );
  const rest = search.has('next') ? `?next=${encodeURIComponent(nextPath(search))}` : '';
  return (
    <SessionPage title={t('session.signInTitle')}>
      {search.has('ended') && <p className="notice">{t('session.ended')}</p>}
      {search.has('reset') && (
        <p className="notice" data-tone="good">
          {t('session.resetDone')}
        </p>
      )}
      <form className="form" onSubmit={onSubmit}>
        <Refusal error={error} />
        <Field label={t('session.email')} name="email" type="email" autoComplete="username" required />
        <PasswordField label={t('session.password')} name="password" autoComplete="current-password" required />
        <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
          {t('session.signIn')}
        </button>
      </form>
      <p>
        {t('session.noAccount')} <Link to={`/register${rest}`}>{t('session.register')}</Link>
      </p>
      <p>
        <Link to="/forgotten">{t('session.forgotten')}</Link>
      </p>
    </SessionPage>
  );
}
