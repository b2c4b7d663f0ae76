import { useQuery } from '@tanstack/react-query';
import { listDeletedProjects, restoreProject } from '../api/projects.ts';
import { projectsQuery } from '../data/queries.ts';
import { Empty, Loaded, Skeleton } from '../design/states.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useSave } from '../settings/use-save.ts';

/** What was deleted and can still come back. */
export function DeletedProjects({ workspaceId }: { workspaceId: string }) {
  const key = ['deleted-projects', workspaceId];
  const deleted = useQuery({ queryKey: key, queryFn: ({ signal }) => listDeletedProjects(workspaceId, signal) });
  const restore = useSave(restoreProject, [key, projectsQuery.queryKey], t('workspace.restored'));
  return (
    <section aria-labelledby="deleted-projects">
      <h2 id="deleted-projects">{t('workspace.deletedProjects')}</h2>
      <Loaded query={deleted} skeleton={<Skeleton lines={3} />}>
        {(projects) =>
          projects.length === 0 ? (
            <Empty icon="trash" title={t('workspace.noDeletedProjects')} />
          ) : (
            <ul>
              {projects.map((project) => (
                <li key={project.id} className="settings-item">
                  <div className="grow">
                    <strong>{project.name}</strong> <span className="quiet">{project.key}</span>
                    <p className="quiet">{project.deletedAt && formatMoment(project.deletedAt)}</p>
                  </div>
                  <button type="button" className="button" data-kind="plain" data-size="small" onClick={() => restore.mutate(project)}>
                    {t('workspace.restore')}
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
