import { useQuery } from '@tanstack/react-query';
import type { Workspace } from '@taskflow/contracts/auth';
import { useState } from 'react';
import { deleteWorkspace, transferWorkspace } from '../api/auth.ts';
import { membersQuery, meQuery, projectsQuery } from '../data/queries.ts';
import { queryClient } from '../data/query-client.ts';
import { Field, SelectField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { navigate } from '../router/router.tsx';
import { useSubmit } from '../session/use-submit.ts';
import { useSave } from '../settings/use-save.ts';
import { useMe } from '../shell/Shell.tsx';

/** What only an owner can do: hand a workspace over, and end it. Its name is typed, so that nobody ends one by a slip. */
export function End({ workspace }: { workspace: Workspace }) {
  const me = useMe();
  const members = useQuery(membersQuery(workspace.id)).data ?? [];
  const heirs = members.filter(({ userId, active, role }) => active && userId !== me.id && role !== 'owner' && role !== 'guest');
  const [heir, setHeir] = useState('');
  const [typed, setTyped] = useState('');
  const transfer = useSave(
    () => transferWorkspace(workspace.id, heir),
    [meQuery.queryKey, ['workspaces'], membersQuery(workspace.id).queryKey],
    t('settings.saved'),
  );
  const { error, busy, onSubmit } = useSubmit(async () => {
    if (typed !== workspace.name) return;
    await deleteWorkspace(workspace);
    navigate('/');
    await Promise.all(
      [meQuery.queryKey, ['workspaces'], projectsQuery.queryKey].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
    );
  });
  return (
    <section aria-labelledby="workspace-end">
      <h2 id="workspace-end">{t('workspace.end')}</h2>
      {heirs.length > 0 && (
        <div className="row workspace-invite" data-wrap="">
          <SelectField label={t('workspace.transfer')} value={heir} onChange={(event) => setHeir(event.target.value)}>
            <option value="" />
            {heirs.map(({ userId, name }) => (
              <option key={userId} value={userId}>
                {name}
              </option>
            ))}
          </SelectField>
          <button
            type="button"
            className="button"
            data-kind="plain"
            disabled={heir === ''}
            onClick={() => confirm(t('workspace.confirmTransfer')) && transfer.mutate(undefined)}
          >
            {t('workspace.transferDo')}
          </button>
        </div>
      )}
      <form className="form" onSubmit={onSubmit}>
        <Refusal error={error} />
        <Field
          label={t('workspace.deleteConfirm', { name: workspace.name })}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
        <div className="dialog-actions">
          <button type="submit" className="button" data-kind="danger" disabled={typed !== workspace.name} aria-disabled={busy}>
            {t('workspace.delete')}
          </button>
        </div>
      </form>
    </section>
  );
}
