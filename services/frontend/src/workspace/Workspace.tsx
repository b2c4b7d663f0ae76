import { useQuery } from '@tanstack/react-query';
import type { Workspace as WorkspaceData } from '@taskflow/contracts/auth';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import { type FormEvent, useState } from 'react';
import {
  createInvitation,
  deleteInvitation,
  listInvitations,
  listWorkspaces,
  type Person,
  patchMember,
  patchWorkspace,
  removeMember,
} from '../api/auth.ts';
import { membersQuery, meQuery } from '../data/queries.ts';
import { Avatar } from '../design/Avatar.tsx';
import { explain } from '../design/explain.ts';
import { Field } from '../design/Field.tsx';
import { Loaded, Skeleton } from '../design/states.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useSubmit } from '../session/use-submit.ts';
import { Once } from '../settings/Once.tsx';
import { useSave } from '../settings/use-save.ts';
import { NotFound } from '../shell/NotFound.tsx';
import { Screen, useMe } from '../shell/Shell.tsx';
import '../lines/lines.css';
import '../settings/settings.css';
import './workspace.css';

const WORKSPACES = ['workspaces'];
const ROLES: WorkspaceRole[] = ['owner', 'admin', 'member', 'guest'];

/** Who is in a workspace, and who is asked to join. */
export default function Workspace({ params }: { params: Record<string, string> }) {
  const workspaces = useQuery({ queryKey: WORKSPACES, queryFn: ({ signal }) => listWorkspaces(signal) });
  return (
    <Loaded query={workspaces} skeleton={<Skeleton />}>
      {({ items }) => {
        const workspace = items.find(({ id }) => id === params.workspace);
        return workspace ? <Known key={workspace.id} workspace={workspace} /> : <NotFound />;
      }}
    </Loaded>
  );
}

function Known({ workspace }: { workspace: WorkspaceData }) {
  const mayManage = workspace.role === 'owner' || workspace.role === 'admin';
  return (
    <Screen title={workspace.name}>
      <div className="lines-page workspace">
        {mayManage && <Rename workspace={workspace} />}
        <Members workspace={workspace} mayManage={mayManage} />
        {mayManage && <Invitations workspaceId={workspace.id} />}
      </div>
    </Screen>
  );
}

function Rename({ workspace }: { workspace: WorkspaceData }) {
  const [name, setName] = useState(workspace.name);
  const save = useSave(() => patchWorkspace(workspace, name.trim()), [WORKSPACES, meQuery.queryKey], t('settings.saved'));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending && name.trim() !== workspace.name) save.mutate(undefined);
  };
  return (
    <form className="row workspace-name" onSubmit={submit}>
      <Field
        label={t('project.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxLength={100}
        required
        autoComplete="off"
      />
      <button type="submit" className="button" data-kind="plain" aria-disabled={save.isPending}>
        {t('app.save')}
      </button>
    </form>
  );
}

function Members({ workspace, mayManage }: { workspace: WorkspaceData; mayManage: boolean }) {
  const me = useMe();
  const members = useQuery(membersQuery(workspace.id));
  const { queryKey } = membersQuery(workspace.id);
  const change = useSave(
    ({ member, role }: { member: Person; role: WorkspaceRole }) => patchMember(workspace.id, member, role),
    [queryKey, meQuery.queryKey],
    t('settings.saved'),
  );
  const remove = useSave(
    (member: Person) => removeMember(workspace.id, member),
    [queryKey, meQuery.queryKey, WORKSPACES],
    t('workspace.removed'),
  );
  // An admin does not make or unmake owners.
  const roles = workspace.role === 'owner' ? ROLES : ROLES.filter((role) => role !== 'owner');
  return (
    <section aria-labelledby="workspace-members">
      <h2 id="workspace-members">{t('workspace.members')}</h2>
      <Loaded query={members} skeleton={<Skeleton lines={4} />}>
        {(people) => (
          <ul>
            {people.map((member) => {
              const mayChange = mayManage && roles.includes(member.role) && member.userId !== me.id;
              return (
                <li key={member.userId} className="settings-item">
                  <Avatar id={member.userId} name={member.name} />
                  <div className="grow">
                    <strong>{member.name}</strong> <span className="quiet">@{member.handle}</span>
                    <p className="quiet">{member.active ? member.email : t('workspace.inactive')}</p>
                  </div>
                  {mayChange ? (
                    <select
                      className="input workspace-role"
                      aria-label={t('workspace.roleOf', { name: member.name })}
                      value={member.role}
                      onChange={(event) => change.mutate({ member, role: event.target.value as WorkspaceRole })}
                    >
                      {roles.map((role) => (
                        <option key={role} value={role}>
                          {t(`workspace.${role}`)}
                        </option>
                      ))}
                    </select>
                  ) : (
                    <span className="quiet">{t(`workspace.${member.role}`)}</span>
                  )}
                  {(mayChange || member.userId === me.id) && (
                    <button
                      type="button"
                      className="button"
                      data-size="small"
                      data-kind="danger"
                      onClick={() => confirm(t('workspace.confirm', { name: member.name })) && remove.mutate(member)}
                    >
                      {t(member.userId === me.id ? 'workspace.leave' : 'workspace.remove')}
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function Invitations({ workspaceId }: { workspaceId: string }) {
  const key = ['invitations', workspaceId];
  const open = useQuery({ queryKey: key, queryFn: ({ signal }) => listInvitations(workspaceId, signal) });
  const [url, setUrl] = useState<string>();
  const takeBack = useSave((id: string) => deleteInvitation(workspaceId, id), [key]);
  const { error, busy, onSubmit } = useSubmit(async ({ role, email }) => {
    const made = await createInvitation(workspaceId, { role: role as 'member', ...(email ? { email } : {}) });
    setUrl(made.url);
    await open.refetch();
  });
  return (
    <section aria-labelledby="workspace-invite">
      <h2 id="workspace-invite">{t('workspace.invite')}</h2>
      <form className="row workspace-invite" data-wrap="" onSubmit={onSubmit}>
        <Field label={t('workspace.inviteEmail')} name="email" type="email" autoComplete="off" />
        <div className="field">
          <label htmlFor="invite-role">{t('workspace.role')}</label>
          <select id="invite-role" name="role" className="input" defaultValue="member">
            {(['admin', 'member', 'guest'] as const).map((role) => (
              <option key={role} value={role}>
                {t(`workspace.${role}`)}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
          {t('workspace.makeLink')}
        </button>
      </form>
      {error !== undefined && (
        <p className="notice" data-tone="bad" role="alert">
          {explain(error)}
        </p>
      )}
      {url && <Once label={t('workspace.link')} value={url} />}
      <ul>
        {(open.data?.items ?? []).map(({ id, role, email, expiresAt }) => (
          <li key={id} className="settings-item">
            <div className="grow">
              {email ?? t('workspace.anyone')} · {t(`workspace.${role}`)}
              <p className="quiet">{t('tokens.until', { date: formatMoment(expiresAt) })}</p>
            </div>
            <button type="button" className="button" data-size="small" data-kind="danger" onClick={() => takeBack.mutate(id)}>
              {t('workspace.takeBack')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
