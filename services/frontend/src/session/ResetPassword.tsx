import { resetPassword } from '../api/auth.ts';
import { ApiProblem } from '../api/problem.ts';
import { PasswordField } from '../design/Field.tsx';
import { t } from '../i18n/translate.ts';
import { navigate, usePlace } from '../router/router.tsx';
import { SessionPage } from './SessionPage.tsx';
import { explainSession } from './session.ts';
import { useSubmit } from './use-submit.ts';

/** Where the link leads that an administrator made; its secret is behind the #, so no server ever logs it. */
export default function ResetPassword() {
  const token = usePlace().hash.slice(1);
  const { error, busy, onSubmit } = useSubmit(async ({ newPassword = '' }) => {
    await resetPassword({ token, newPassword });
    navigate('/sign-in?reset=1', { replace: true });
  });
  const weak = error instanceof ApiProblem ? (error.field('password') ?? error.field('newPassword')) : undefined;
  return (
    <SessionPage title={t('session.resetTitle')}>
      <form className="form" onSubmit={onSubmit}>
        {error !== undefined && weak === undefined && (
          <p className="notice" data-tone="bad" role="alert">
            {explainSession(error)}
          </p>
        )}
        <PasswordField
          label={t('session.newPassword')}
          name="newPassword"
          autoComplete="new-password"
          minLength={10}
          hint={t('session.passwordHint')}
          error={weak}
          required
        />
        <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
          {t('session.reset')}
        </button>
      </form>
    </SessionPage>
  );
}
