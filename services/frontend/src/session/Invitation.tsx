import { useQuery } from '@tanstack/react-query';
import { acceptInvitation, getMe, type Invited, previewInvitation } from '../api/auth.ts';
import { queryClient } from '../data/query-client.ts';
import { Refusal } from '../design/Refusal.tsx';
import { Skeleton } from '../design/states.tsx';
import { t } from '../i18n/translate.ts';
import { Link, navigate, usePlace } from '../router/router.tsx';
import { RegisterForm } from './Register.tsx';
import { SessionPage } from './SessionPage.tsx';
import { useSubmit } from './use-submit.ts';

/** Where an invitation's link leads: one click for who is signed in, an account for who has none. */
export default function Invitation() {
  const token = usePlace().hash.slice(1);
  const preview = useQuery({ queryKey: ['invitation', token], queryFn: () => previewInvitation(token), retry: false });
  const me = useQuery({ queryKey: ['invited'], queryFn: ({ signal }) => getMe(signal).catch(() => null), retry: false });
  return (
    <SessionPage title={t('session.invitationTitle')}>
      {preview.isError ? (
        <Refusal error={preview.error} />
      ) : preview.isPending || me.isPending ? (
        <Skeleton lines={3} />
      ) : (
        <>
          <p>{t('session.invitationText', { inviter: preview.data.invitedBy, workspace: preview.data.workspace.name })}</p>
          {me.data ? <Accept token={token} invited={preview.data} /> : <Join token={token} invited={preview.data} />}
        </>
      )}
    </SessionPage>
  );
}

function Accept({ token, invited }: { token: string; invited: Invited }) {
  const { error, busy, onSubmit } = useSubmit(async () => {
    await acceptInvitation(token);
    queryClient.clear();
    navigate('/', { replace: true });
  });
  return (
    <form className="form" onSubmit={onSubmit}>
      <Refusal error={error} />
      <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
        {t('session.invitationJoin', { workspace: invited.workspace.name })}
      </button>
    </form>
  );
}

function Join({ token, invited }: { token: string; invited: Invited }) {
  const back = `/invitation#${token}`;
  return (
    <>
      <RegisterForm next="/" invitation={token} {...(invited.email ? { email: invited.email } : {})} />
      <p>
        {t('session.haveAccount')} <Link to={`/sign-in?next=${encodeURIComponent(back)}`}>{t('session.signIn')}</Link>
      </p>
    </>
  );
}
