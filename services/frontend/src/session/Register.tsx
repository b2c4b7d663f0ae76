import { register } from '../api/auth.ts';
import { ApiProblem } from '../api/problem.ts';
import { Field, PasswordField } from '../design/Field.tsx';
import { t } from '../i18n/translate.ts';
import { Link, usePlace } from '../router/router.tsx';
import { SessionPage } from './SessionPage.tsx';
import { begin, explainSession, nextPath } from './session.ts';
import { useSubmit } from './use-submit.ts';

export default function Register() {
  const { search } = usePlace();
  const rest = search.has('next') ? `?next=${encodeURIComponent(nextPath(search))}` : '';
  return (
    <SessionPage title={t('session.registerTitle')}>
      <RegisterForm next={nextPath(search)} />
      <p>
        {t('session.haveAccount')} <Link to={`/sign-in${rest}`}>{t('session.signIn')}</Link>
      </p>
    </SessionPage>
  );
}

interface RegisterFormProps {
  next: string;
  invitation?: string;
  email?: string;
}

export function RegisterForm({ next, invitation, email }: RegisterFormProps) {
  const { error, busy, onSubmit } = useSubmit(async ({ name = '', email = '', password = '' }) =>
    begin(await register({ name: name.trim(), email: email.trim(), password, ...(invitation ? { invitation } : {}) }), next),
  );
  const weak = error instanceof ApiProblem ? error.field('password') : undefined;
  return (
    <form className="form" onSubmit={onSubmit}>
      {error !== undefined && weak === undefined && (
        <p className="notice" data-tone="bad" role="alert">
          {explainSession(error)}
        </p>
      )}
      <Field label={t('session.name')} name="name" autoComplete="name" maxLength={100} required />
      <Field label={t('session.email')} name="email" type="email" autoComplete="username" defaultValue={email} required />
      <PasswordField
        label={t('session.password')}
        name="password"
        autoComplete="new-password"
        minLength={10}
        hint={t('session.passwordHint')}
        error={weak}
        required
      />
      <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
        {t('session.register')}
      </button>
    </form>
  );
}
