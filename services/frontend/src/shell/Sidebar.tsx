import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Account } from '@taskflow/contracts/auth';
import type { Project } from '@taskflow/contracts/tasks';
import { type ReactNode, Suspense, useState } from 'react';
import { projectPath } from '../data/projects.ts';
import { filtersQuery, inboxCountsQuery } from '../data/queries.ts';
import { Avatar } from '../design/Avatar.tsx';
import { Icon, type IconName } from '../design/Icon.tsx';
import { lazyPart } from '../design/lazy-part.ts';
import { t } from '../i18n/translate.ts';
import { Link, usePlace } from '../router/router.tsx';
import { viewPath } from '../search/view-path.ts';
import { signOut } from '../session/session.ts';
import { AppearanceButton } from './AppearanceButton.tsx';

const NewProject = lazyPart(() => import('../project/NewProject.tsx'));

export function Sidebar({ me, projects }: { me: Account; projects: UseQueryResult<Project[]> }) {
  const [creating, setCreating] = useState(false);
  return (
    <div className="sidebar">
      <Link to="/" className="sidebar-brand">
        <img src="/icon.svg" alt="" width="22" height="22" />
        TaskFlow
      </Link>
      <nav className="sidebar-nav" aria-label={t('shell.main')}>
        <PlaceLink to="/today" icon="checkbox" name={t('today.title')} />
        <InboxLink />
        <PlaceLink to="/search" icon="search" name={t('search.title')} />
        <ProjectList me={me} projects={projects} onNew={() => setCreating(true)} />
      </nav>
      <div className="sidebar-foot">
        <Link to="/settings" className="sidebar-link sidebar-person grow" title={t('settings.title')}>
          <Avatar id={me.id} name={me.name} />
          <span className="cut">{me.name}</span>
        </Link>
        <AppearanceButton />
        <Link to="/status" className="button" data-icon="" data-size="small" aria-label={t('shell.status')} title={t('shell.status')}>
          <Icon name="status" />
        </Link>
        <button
          type="button"
          className="button"
          data-icon=""
          data-size="small"
          aria-label={t('session.signOut')}
          title={t('session.signOut')}
          onClick={() => void signOut()}
        >
          <Icon name="signOut" />
        </button>
      </div>
      <Suspense>{creating && <NewProject onClose={() => setCreating(false)} />}</Suspense>
    </div>
  );
}

function PlaceLink({ to, icon, name, children }: { to: string; icon: IconName; name: string; children?: ReactNode }) {
  return (
    <Link to={to} className="sidebar-link">
      <Icon name={icon} />
      <span className="cut grow">{name}</span>
      {children}
    </Link>
  );
}

function InboxLink() {
  const { data } = useQuery(inboxCountsQuery);
  const unread = data?.unread ?? 0;
  return (
    <PlaceLink to="/inbox" icon="inbox" name={t('inbox.title')}>
      {unread > 0 && (
        <span className="sidebar-count number" aria-label={t('shell.unread', { count: unread })} role="img">
          {unread}
        </span>
      )}
    </PlaceLink>
  );
}

function ProjectList({ me, projects, onNew }: { me: Account; projects: UseQueryResult<Project[]>; onNew: () => void }) {
  const all = projects.data ?? [];
  const archived = all.filter(({ archived }) => archived);
  const groups = me.workspaces.map((workspace) => ({
    ...workspace,
    projects: all
      .filter(({ workspaceId, archived }) => workspaceId === workspace.id && !archived)
      .toSorted((a, b) => a.name.localeCompare(b.name)),
  }));
  const mayCreate = me.workspaces.some(({ role }) => role !== 'guest');
  return (
    <>
      {groups.map((workspace) => (
        <section key={workspace.id} aria-label={workspace.name}>
          <h2 className="sidebar-heading">
            <span className="cut grow">{workspace.name}</span>
            <Link
              to={`/workspaces/${workspace.id}`}
              className="button"
              data-icon=""
              data-size="small"
              aria-label={t('workspace.manage', { name: workspace.name })}
              title={t('workspace.manage', { name: workspace.name })}
            >
              <Icon name="people" />
            </Link>
          </h2>
          <ul>
            {workspace.projects.map((project) => (
              <li key={project.id}>
                <Link to={projectPath(project, all)} className="sidebar-link">
                  <span className="sidebar-key number">{project.key}</span>
                  <span className="cut grow">{project.name}</span>
                  {project.private && <Icon name="lock" size={14} />}
                </Link>
              </li>
            ))}
          </ul>
          {projects.isSuccess && workspace.projects.length === 0 && <p className="sidebar-none">{t('shell.noProjects')}</p>}
        </section>
      ))}
      <SavedViews />
      {archived.length > 0 && (
        <details className="sidebar-archived">
          <summary className="sidebar-heading">{t('shell.archived')}</summary>
          <ul>
            {archived.map((project) => (
              <li key={project.id}>
                <Link to={projectPath(project, all)} className="sidebar-link">
                  <span className="sidebar-key number">{project.key}</span>
                  <span className="cut grow">{project.name}</span>
                </Link>
              </li>
            ))}
          </ul>
        </details>
      )}
      {mayCreate && (
        <button type="button" className="sidebar-link" onClick={onNew}>
          <Icon name="add" />
          {t('shell.newProject')}
        </button>
      )}
    </>
  );
}

function SavedViews() {
  const { data = [] } = useQuery(filtersQuery);
  const { search } = usePlace();
  if (data.length === 0) return null;
  return (
    <section aria-label={t('search.views')}>
      <h2 className="sidebar-heading">{t('search.views')}</h2>
      <ul>
        {data.map((view) => (
          <li key={view.id}>
            <Link to={viewPath(view)} className="sidebar-link" aria-current={search.get('view') === view.id ? 'page' : undefined}>
              <Icon name="filter" />
              <span className="cut grow">{view.name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
