import { useQuery } from '@tanstack/react-query';
import { changeEmail, changePassword, endOtherSessions, endSession, listSessions } from '../api/auth.ts';
import { meQuery } from '../data/queries.ts';
import { queryClient } from '../data/query-client.ts';
import { Field, PasswordField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { Loaded, Skeleton } from '../design/states.tsx';
import { showToast } from '../design/toasts.tsx';
import { formatAgo, t } from '../i18n/translate.ts';
import { NewPassword, weakness } from '../session/NewPassword.tsx';
import { useSubmit } from '../session/use-submit.ts';
import { useMe } from '../shell/Shell.tsx';
import { describeBrowser } from './describe-browser.ts';
import { useSave } from './use-save.ts';

const SESSIONS = ['sessions'];

export default function Security() {
  return (
    <>
      <ChangePassword />
      <ChangeEmail />
      <Sessions />
    </>
  );
}

function ChangePassword() {
  const { error, busy, onSubmit } = useSubmit(async ({ currentPassword = '', newPassword = '' }) => {
    await changePassword({ currentPassword, newPassword });
    showToast({ text: t('settings.passwordChanged') });
    await queryClient.invalidateQueries({ queryKey: SESSIONS });
  });
  const weak = weakness(error, 'newPassword');
  return (
    <section aria-labelledby="settings-password">
      <h2 id="settings-password">{t('settings.password')}</h2>
      <p className="quiet">{t('settings.passwordText')}</p>
      <form className="form" onSubmit={onSubmit}>
        {!weak && <Refusal error={error} />}
        <PasswordField label={t('settings.presentPassword')} name="currentPassword" autoComplete="current-password" required />
        <NewPassword label={t('session.newPassword')} name="newPassword" error={weak} />
        <div className="dialog-actions">
          <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
            {t('session.reset')}
          </button>
        </div>
      </form>
    </section>
  );
}

function ChangeEmail() {
  const me = useMe();
  const { error, busy, onSubmit } = useSubmit(async ({ currentPassword = '', email = '' }) => {
    await changeEmail({ currentPassword, email });
    showToast({ text: t('settings.saved') });
    await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
  });
  return (
    <section aria-labelledby="settings-email">
      <h2 id="settings-email">{t('session.email')}</h2>
      <form className="form" onSubmit={onSubmit}>
        <Refusal error={error} />
        <Field label={t('session.email')} name="email" type="email" defaultValue={me.email} required autoComplete="email" />
        <PasswordField label={t('settings.presentPassword')} name="currentPassword" autoComplete="current-password" required />
        <div className="dialog-actions">
          <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
            {t('app.save')}
          </button>
        </div>
      </form>
    </section>
  );
}

function Sessions() {
  const sessions = useQuery({ queryKey: SESSIONS, queryFn: ({ signal }) => listSessions(signal) });
  const end = useSave((id: string) => endSession(id), [SESSIONS], t('settings.sessionEnded'));
  const endOthers = useSave(() => endOtherSessions(), [SESSIONS], t('settings.sessionsEnded'));
  return (
    <section aria-labelledby="settings-sessions">
      <h2 id="settings-sessions">{t('settings.sessions')}</h2>
      <Loaded query={sessions} skeleton={<Skeleton lines={3} />}>
        {({ items }) => (
          <>
            <ul>
              {items.map(({ id, current, address, userAgent, lastUsedAt }) => (
                <li key={id} className="settings-item">
                  <div className="grow">
                    <strong>{describeBrowser(userAgent)}</strong> {current && <span className="quiet">{t('settings.thisSession')}</span>}
                    <p className="quiet number">
                      {address} · {formatAgo(lastUsedAt)}
                    </p>
                  </div>
                  {!current && (
                    <button type="button" className="button" data-size="small" data-kind="danger" onClick={() => end.mutate(id)}>
                      {t('settings.endSession')}
                    </button>
                  )}
                </li>
              ))}
            </ul>
            {items.length > 1 && (
              <button type="button" className="button" data-kind="danger" onClick={() => endOthers.mutate(undefined)}>
                {t('settings.endOthers')}
              </button>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}
