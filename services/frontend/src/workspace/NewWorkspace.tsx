import { createWorkspace } from '../api/auth.ts';
import { meQuery } from '../data/queries.ts';
import { queryClient } from '../data/query-client.ts';
import { Dialog } from '../design/Dialog.tsx';
import { Field } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { navigate } from '../router/router.tsx';
import { useSubmit } from '../session/use-submit.ts';

/** Its maker owns it. */
export function NewWorkspace({ onClose }: { onClose: () => void }) {
  const { error, busy, onSubmit } = useSubmit(async ({ name = '' }) => {
    const { workspace } = await createWorkspace(name.trim());
    await Promise.all([meQuery.queryKey, ['workspaces']].map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    onClose();
    navigate(`/workspaces/${workspace.id}`);
  });
  return (
    <Dialog title={t('workspace.new')} onClose={onClose}>
      <form className="form" onSubmit={onSubmit}>
        <Refusal error={error} />
        <Field label={t('project.name')} name="name" maxLength={100} required data-autofocus="" autoComplete="off" />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
          <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
            {t('workspace.new')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
