import { register } from '../api/auth.ts';
import { Field } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { Link, usePlace } from '../router/router.tsx';
import { NewPassword, weakness } from './NewPassword.tsx';
import { SessionPage } from './SessionPage.tsx';
import { begin, nextPath } from './session.ts';
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
  const weak = weakness(error, 'password');
  return (
    <form className="form" onSubmit={onSubmit}>
      <Refusal error={weak ? undefined : error} />
      <Field label={t('session.name')} name="name" autoComplete="name" maxLength={100} required />
      <Field label={t('session.email')} name="email" type="email" autoComplete="username" defaultValue={email} required />
      <NewPassword name="password" label={t('session.password')} error={weak} />
      <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
        {t('session.register')}
      </button>
    </form>
  );
}
