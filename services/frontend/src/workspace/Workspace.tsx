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
import { AuditLog } from '../audit/AuditLog.tsx';
import { membersQuery, meQuery } from '../data/queries.ts';
import { Avatar } from '../design/Avatar.tsx';
import { Field, SelectField } from '../design/Field.tsx';
import { Icon } from '../design/Icon.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { Loaded, Skeleton } from '../design/states.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { useSubmit } from '../session/use-submit.ts';
import { Once } from '../settings/Once.tsx';
import { useSave } from '../settings/use-save.ts';
import { NotFound } from '../shell/NotFound.tsx';
import { Screen, useMe } from '../shell/Shell.tsx';
import { DeletedProjects } from './DeletedProjects.tsx';
import { End } from './End.tsx';
import { NewWorkspace } from './NewWorkspace.tsx';
import { Webhooks } from './Webhooks.tsx';
import '../lines/lines.css';
import '../project/project.css';
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
        return workspace ? (
          <Known key={workspace.id} workspace={workspace} section={params.section ?? 'members'} item={params.item} />
        ) : (
          <NotFound />
        );
      }}
    </Loaded>
  );
}

const SECTIONS = [
  { id: 'members', name: 'workspace.members' },
  { id: 'webhooks', name: 'webhook.title' },
  { id: 'audit', name: 'audit.title' },
  { id: 'projects', name: 'workspace.deletedProjects' },
] as const;

function Known({ workspace, section, item }: { workspace: WorkspaceData; section: string; item: string | undefined }) {
  const mayManage = workspace.role === 'owner' || workspace.role === 'admin';
  const [isMaking, setMaking] = useState(false);
  const sections = SECTIONS.filter(({ id }) => mayManage || id === 'members');
  if (!sections.some(({ id }) => id === section)) return <NotFound />;
  return (
    <Screen
      title={workspace.name}
      bar={
        <button type="button" className="button" data-size="small" onClick={() => setMaking(true)}>
          <Icon name="add" />
          {t('workspace.new')}
        </button>
      }
    >
      {isMaking && <NewWorkspace onClose={() => setMaking(false)} />}
      <div className="lines-page workspace">
        {sections.length > 1 && (
          <nav className="tabs" aria-label={workspace.name}>
            {sections.map(({ id, name }) => (
              <Link key={id} to={`/workspaces/${workspace.id}/${id}`} className="tab" aria-current={id === section ? 'page' : undefined}>
                {t(name)}
              </Link>
            ))}
          </nav>
        )}
        {section === 'members' && (
          <>
            {mayManage && <Rename workspace={workspace} />}
            <Members workspace={workspace} mayManage={mayManage} />
            {mayManage && <Invitations workspaceId={workspace.id} />}
            {workspace.role === 'owner' && <End workspace={workspace} />}
          </>
        )}
        {section === 'webhooks' && <Webhooks workspaceId={workspace.id} chosen={item} />}
        {section === 'audit' && (
          <section aria-labelledby="workspace-audit">
            <h2 id="workspace-audit">{t('audit.title')}</h2>
            <AuditLog workspaceId={workspace.id} />
          </section>
        )}
        {section === 'projects' && <DeletedProjects workspaceId={workspace.id} />}
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
        <SelectField label={t('workspace.role')} name="role" defaultValue="member">
          {(['admin', 'member', 'guest'] as const).map((role) => (
            <option key={role} value={role}>
              {t(`workspace.${role}`)}
            </option>
          ))}
        </SelectField>
        <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
          {t('workspace.makeLink')}
        </button>
      </form>
      <Refusal error={error} />
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
