import { resetPassword } from '../api/auth.ts';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { navigate, usePlace } from '../router/router.tsx';
import { NewPassword, weakness } from './NewPassword.tsx';
import { SessionPage } from './SessionPage.tsx';
import { useSubmit } from './use-submit.ts';

/** Where the link leads that an administrator made; its secret is behind the #, so no server ever logs it. */
export default function ResetPassword() {
  const token = usePlace().hash.slice(1);
  const { error, busy, onSubmit } = useSubmit(async ({ newPassword = '' }) => {
    await resetPassword({ token, newPassword });
    navigate('/sign-in?reset=1', { replace: true });
  });
  const weak = weakness(error, 'newPassword') ?? weakness(error, 'password');
  return (
    <SessionPage title={t('session.resetTitle')}>
      <form className="form" onSubmit={onSubmit}>
        <Refusal error={weak ? undefined : error} />
        <NewPassword name="newPassword" label={t('session.newPassword')} error={weak} />
        <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
          {t('session.reset')}
        </button>
      </form>
    </SessionPage>
  );
}
